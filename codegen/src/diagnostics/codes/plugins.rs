//! V: what `cargo gen validate` finds in a plugin that anybody made.

use super::{Code, code};

pub(super) const CODES: &[Code] = &[
    code!(
        in "validate/cases",
        "V0001",
        "no-archive",
        "Neither a folder nor a package that can be read.",
        "A package is a ZIP archive of at most 20,000 files. Nothing in it is checked if it cannot be opened."
    ),
    code!(
        in "validate/cases",
        "V0002",
        "name-that-leads-out",
        "A file name that the daemon cannot open, or that leads out of the package.",
        "The daemon opens every entry under its name to compute the package's checksum, and refuses the package if it \
         cannot. Names are relative UTF-8 paths with `/`."
    ),
    code!(
        in "validate/cases",
        "V0003",
        "entry-for-a-folder",
        "A folder, a link or a special file where a file must be.",
        "The daemon opens every entry as a file: a folder fails the upload, and a link becomes a text that holds a \
         path."
    ),
    code!(
        in "validate/cases",
        "V0004",
        "one-name-twice",
        "One name stands for two entries of the package.",
        "The daemon reads the first, most programs the last: what was looked at is not what is installed. A name that is a file and a folder cannot be unpacked."
    ),
    code!(
        in "validate/cases",
        "V0005",
        "too-large",
        "More bytes than Dify or the daemon takes.",
        "Dify takes 15 MiB packed, the daemon 50 MiB unpacked. Both are checked when the package is uploaded."
    ),
    code!(
        in "validate/cases",
        "V0006",
        "checksum",
        "An entry of the package that cannot be unpacked.",
        "The daemon reads every entry when the package is uploaded, and refuses the package if one is damaged or \
         encrypted."
    ),
    code!(
        in "validate/cases",
        "V0007",
        "inside-a-folder",
        "There is no `manifest.yaml` at the top.",
        "The manifest says what everything else is, and is looked for at the top only. Often the folder was packed \
         instead of what is in it."
    ),
    code!(
        in "validate/cases",
        "V0008",
        "secrets",
        "Warning: a file that is not meant for a package.",
        "Nothing is left out by itself: `.git`, `.env` and virtual environments are packed unless `.difyignore` names \
         them, and reach everybody who installs the plugin."
    ),
    code!(
        in "validate/cases",
        "V1001",
        "not-yaml",
        "A file that is not one YAML document.",
        "Daemon and SDK stop at a document that they cannot read, and the SDK at a second one in the same file."
    ),
    code!(
        in "validate/cases",
        "V1002",
        "latin-1",
        "A YAML file that is not UTF-8.",
        "The daemon and the SDK read UTF-8, and stop at the first byte that is none."
    ),
    code!(
        in "validate/cases",
        "V1003",
        "key-twice",
        "A key is written twice in one map.",
        "The daemon refuses it where it knows the key; Python takes the last one without a word."
    ),
    code!(
        in "validate/cases",
        "V1004",
        "tag",
        "A tag that the Python SDK does not know.",
        "PyYAML refuses tags that it cannot build a value for; the plugin then does not start."
    ),
    code!(
        in "validate/cases",
        "V1005",
        "no-properties",
        "A required key is missing or has no value.",
        "What the daemon does not check when a package is installed, Dify checks when it lists models: one model \
         without `model_properties` fails the list of the whole workspace."
    ),
    code!(
        in "validate/cases",
        "V1006",
        "number-for-a-text",
        "A value of another type than its readers want.",
        "YAML gives unquoted numbers, dates and words such as `no` a type. The daemon turns many of them back into \
         text, Python does not."
    ),
    code!(
        in "validate/cases",
        "V1007",
        "feature",
        "A word that is not in a closed list.",
        "The daemon installs unknown words without complaint. Dify refuses them when it lists models, for the whole \
         workspace."
    ),
    code!(
        in "validate/cases",
        "V1008",
        "long-text",
        "A text or list that is empty, too long or too large.",
        "The daemon's entities have limits, applied to the manifest when a package is made and to the provider under \
         remote debugging."
    ),
    code!(
        in "validate/cases",
        "V1009",
        "misspelt-key",
        "Warning: a key that nobody reads, and that is nearly one that is read.",
        "All readers pass over unknown keys, so that a misspelt one is as good as none."
    ),
    code!(
        in "validate/cases",
        "V2001",
        "author-in-capitals",
        "A name or author that the plugin daemon refuses.",
        "They are part of the plugin's identity, which the daemon checks when a package is uploaded."
    ),
    code!(
        in "validate/cases",
        "V2002",
        "minimum-version",
        "A version that one of the readers refuses.",
        "The daemon reads versions by a pattern of its own, the Python SDK and Dify by PEP 440. Three plain numbers are \
         what all of them take."
    ),
    code!(
        in "validate/cases",
        "V2003",
        "quoted-date",
        "A time of creation that the daemon refuses.",
        "In quotes it is read as RFC 3339, which has a zone; without quotes YAML's own dates are taken as well."
    ),
    code!(
        in "validate/cases",
        "V2004",
        "no-memory",
        "No memory, or storage beyond the limits.",
        "`dify plugin package` refuses a manifest without memory, and storage below 1 KiB or above 1 GiB."
    ),
    code!(
        in "validate/cases",
        "V2005",
        "nothing-declared",
        "A manifest that declares nothing, two kinds of plugin, or two providers.",
        "A model plugin is one provider and nothing else; the daemon refuses mixtures and keeps the last of several \
         providers."
    ),
    code!(
        in "validate/cases",
        "V2006",
        "source-that-is-not-there",
        "A file that is named is not there.",
        "Named files are opened when the package is installed or when the plugin starts."
    ),
    code!(
        in "validate/cases",
        "V2007",
        "no-executable",
        "An executable that does not run where the manifest says.",
        "The launcher starts `bin/linux-<architecture>/`: what is no static executable for that architecture never \
         comes up."
    ),
    code!(
        in "validate/cases",
        "V2008",
        "icon-that-is-not-there",
        "An icon that is missing, or not what its name says.",
        "The daemon stores every icon when a package is uploaded, and refuses the package if one is missing. Browsers \
         go by the name."
    ),
    code!(
        in "validate/cases",
        "V2009",
        "link-to-nowhere",
        "A link that leads nowhere, or is no URL.",
        "Dify shows pages and links of a plugin as they are. `dify plugin package` refuses a `repo` that is no URL."
    ),
    code!(
        in "validate/cases",
        "V2010",
        "no-dependencies",
        "Neither `requirements.txt` nor `pyproject.toml`.",
        "The daemon makes a Python environment from one of them, and fails the installation if there is none."
    ),
    code!(
        in "validate/cases",
        "V2011",
        "no-readme",
        "Warning: a page that is missing or not read.",
        "Dify shows `README.md`, and `readme/README_<language>.md` to those who read that language; the marketplace \
         asks for a privacy policy."
    ),
    code!(
        in "validate/cases",
        "V2012",
        "python",
        "Warning: a version of Python that is not what the plugin runs on.",
        "The daemon does not read the version: it always makes an environment of Python 3.12."
    ),
    code!(
        in "validate/cases",
        "V3001",
        "no-options",
        "Warning: a choice without options, or with two of one value.",
        "The form shows a choice that cannot be made, or one whose stored value does not say what was chosen."
    ),
    code!(
        in "validate/cases",
        "V3002",
        "default-that-is-no-option",
        "Warning: a default that is none of the options.",
        "Dify shows nothing as chosen, and refuses the value when the form is saved."
    ),
    code!(
        in "validate/cases",
        "V3003",
        "unknown-variable",
        "Warning: a condition that can never be met.",
        "An entry whose `show_on` names what is not in the form, or a value that cannot be chosen, is never shown."
    ),
    code!(
        in "validate/cases",
        "V3004",
        "one-variable-twice",
        "Warning: two entries of one variable that can be shown at once.",
        "Dify stores one value for both, and checks it against both."
    ),
    code!(
        in "validate/cases",
        "V3005",
        "required-unsaid",
        "Warning: it is not said whether a field is required.",
        "Left out it is false to the daemon and to Dify, and true to the Python SDK."
    ),
    code!(
        in "validate/cases",
        "V3006",
        "no-form",
        "Warning: methods, forms and models that do not go together.",
        "A method of configuration without its form cannot be used in Dify, and predefined models without their method \
         are not offered."
    ),
    code!(
        in "validate/cases",
        "V3007",
        "type-that-is-not-listed",
        "Warning: model types that do not fit the models.",
        "Dify offers models only of the types that the provider lists."
    ),
    code!(
        in "validate/cases",
        "V3008",
        "pattern-of-two-stars",
        "A pattern that names nothing, too much, or not the same to all readers.",
        "Models are found by patterns, which the daemon matches as a shell does and the SDK with `**` over any number \
         of folders."
    ),
    code!(
        in "validate/cases",
        "V3009",
        "unknown-model",
        "An order of models that cannot be read, or names what is not there.",
        "An empty list of positions is `null` to the daemon, which fails Dify's list of models. Names that are not \
         there are passed over."
    ),
    code!(
        in "validate/cases",
        "V4001",
        "one-name-twice",
        "Warning: two models of one name and type, or a model among those of another type.",
        "Dify lists both of them and finds the first, so that the settings of the other are never used."
    ),
    code!(
        in "validate/cases",
        "V4002",
        "unknown-property",
        "A property of a model that is unknown or of another type.",
        "The SDK and Dify refuse unknown keys, Dify for the whole list of models. Values are checked by nobody, and \
         fail when the model is called."
    ),
    code!(
        in "validate/cases",
        "V4003",
        "unknown-template",
        "A parameter without a type, or with a template that does not exist.",
        "The daemon refuses unknown templates when the package is installed; a parameter without any type fails Dify's \
         list of models."
    ),
    code!(
        in "validate/cases",
        "V4004",
        "default-out-of-range",
        "Warning: a default or bounds that do not fit.",
        "Bounds that are not written come from the template: `temperature` ends at 1 and `max_tokens` at 2048."
    ),
    code!(
        in "validate/cases",
        "V4005",
        "one-parameter-twice",
        "Warning: two parameters of one name.",
        "Dify shows both in the settings of a model, and sends one value."
    ),
    code!(
        in "validate/cases",
        "V4006",
        "negative-price",
        "Warning: a price that is negative, or a unit of zero.",
        "The cost that Dify shows for a call is tokens times price times unit."
    ),
];
