"""Reads packages and plugin lines with Dify's own entities, and says what they do not accept.

    oracle.py package DIRECTORY     manifest, provider and model declarations of an extracted package
    oracle.py lines FILE...         records {"action", "line"} of the tests, one a line

The plugin's answers pass through the daemon before Dify reads them, so `through_daemon` does to them what the Go
daemon does: absent lists become null, absent texts become empty. Exit 1 if anything is not accepted.
"""

import json
import os
import pathlib
import sys

import yaml
from dify_plugin.core.entities.plugin.setup import PluginConfiguration
from dify_plugin.entities.model import AIModelEntity as SdkModel
from dify_plugin.entities.model.llm import LLMPollingResult as SdkPolling
from dify_plugin.entities.model.llm import LLMResultChunk as SdkChunk
from dify_plugin.entities.model.moderation import ModerationResult as SdkModeration
from dify_plugin.entities.model.provider import ProviderEntity as SdkProvider
from dify_plugin.entities.model.rerank import MultiModalRerankResult as SdkMultiModalRerank
from dify_plugin.entities.model.rerank import RerankResult as SdkRerank
from dify_plugin.entities.model.speech2text import Speech2TextResult as SdkSpeech2Text
from dify_plugin.entities.model.text_embedding import MultiModalEmbeddingResult as SdkMultiModalEmbedding
from dify_plugin.entities.model.text_embedding import TextEmbeddingResult as SdkEmbedding
from dify_plugin.entities.model.tts import TTSResult as SdkTTS
from graphon.model_runtime.entities.llm_entities import LLMPollingResult, LLMResultChunk
from graphon.model_runtime.entities.model_entities import AIModelEntity
from graphon.model_runtime.entities.provider_entities import ProviderEntity
from graphon.model_runtime.entities.rerank_entities import RerankResult
from graphon.model_runtime.entities.text_embedding_entities import EmbeddingResult, FileEmbeddingResult
from pydantic import BaseModel, ConfigDict, Field

LONGEST_LINE = 5_242_879
EVENTS = {"heartbeat", "log", "session"}
ERROR_TYPES = {
    "InvokeAuthorizationError",
    "InvokeRateLimitError",
    "InvokeBadRequestError",
    "InvokeConnectionError",
    "InvokeServerUnavailableError",
    "CredentialsValidateFailedError",
}


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class NumTokens(Strict):
    num_tokens: int


class ListOfNumTokens(Strict):
    num_tokens: list[int]


class Voice(Strict):
    name: str = Field(min_length=1)
    value: str = Field(min_length=1)


class Voices(Strict):
    voices: list[Voice]


class Text(Strict):
    result: str


class Flag(Strict):
    result: bool


class Validated(Strict):
    result: bool
    credentials: dict | None


class Log(Strict):
    level: str
    message: str
    timestamp: float


class Failure(Strict):
    error_type: str
    message: str = Field(min_length=1)
    # With one entry more the daemon drops the error, and the call looks like an empty success.
    args: dict | None = Field(max_length=10)


def message_through_daemon(message):
    """What the daemon makes of an assistant's message on its way to Dify."""
    message.setdefault("tool_calls", None)
    if message.get("content") is None:
        raise ValueError("content must not be null")
    if isinstance(message["content"], list):
        members = ("data", "base64_data", "url", "encode_format", "format", "mime_type", "detail", "filename")
        message["content"] = [dict.fromkeys(members, "") | part for part in message["content"]]
    for call in message["tool_calls"] or []:
        for name in ("id", "type"):
            call[name] = call.get(name) or ""
        function = call.setdefault("function", {})
        function["name"] = function.get("name") or ""
        if not isinstance(function.get("arguments", ""), str):
            raise ValueError("arguments must be text")


def integers(data, *names):
    """The daemon reads these as integers: `1.0` is refused."""
    for name in names:
        if type(data[name]) is not int:
            raise ValueError(f"{name} must be an integer")


def check_llm(data):
    SdkChunk(**data)
    usage = data["delta"].get("usage")
    if usage is not None:
        integers(usage, "prompt_tokens", "completion_tokens", "total_tokens")
    integers(data["delta"], "index")
    chunk = json.loads(json.dumps(data))
    chunk["prompt_messages"] = []
    message_through_daemon(chunk["delta"]["message"])
    LLMResultChunk(**chunk)


def check_polling(data):
    SdkPolling(**data)
    data = json.loads(json.dumps(data))
    if data.get("result") is not None:
        integers(data["result"]["usage"], "prompt_tokens", "completion_tokens", "total_tokens")
        message_through_daemon(data["result"]["message"])
    LLMPollingResult(**data)


def check_rerank(sdk):
    def check(data):
        sdk(**data)
        RerankResult(**data)
        for doc in data["docs"]:
            integers(doc, "index")

    return check


def check_embedding(sdk, dify):
    def check(data):
        sdk(**data)
        dify(**data)
        integers(data["usage"], "tokens", "total_tokens")

    return check


def check_tts(data):
    SdkTTS(**data)
    # Dify decodes every message by itself.
    if not bytes.fromhex(data["result"]):
        raise ValueError("a message without audio")
    if data["result"] != data["result"].replace(" ", ""):
        raise ValueError("blanks between digits")


def check_schema(data):
    check_model(data["model_schema"])


def check_model(schema):
    SdkModel(**schema)
    model = AIModelEntity(**schema)
    names = [rule.name for rule in model.parameter_rules]
    if len(names) != len(set(names)):
        raise ValueError(f"parameter rules are repeated: {names}")


def both(*checks):
    return lambda data: [check(**data) for check in checks]


ANSWERS = {
    "invoke_llm": check_llm,
    "start_polling": check_polling,
    "check_polling": check_polling,
    "invoke_rerank": check_rerank(SdkRerank),
    "invoke_multimodal_rerank": check_rerank(SdkMultiModalRerank),
    "invoke_text_embedding": check_embedding(SdkEmbedding, EmbeddingResult),
    "invoke_multimodal_embedding": check_embedding(SdkMultiModalEmbedding, FileEmbeddingResult),
    "invoke_tts": check_tts,
    "invoke_speech2text": both(SdkSpeech2Text, Text),
    "invoke_moderation": both(SdkModeration, Flag),
    "get_tts_model_voices": both(Voices),
    "get_llm_num_tokens": both(NumTokens),
    "get_text_embedding_num_tokens": both(ListOfNumTokens),
    "validate_provider_credentials": both(Validated),
    "validate_model_credentials": both(Validated),
    "get_ai_model_schemas": check_schema,
}


def reject_constant(name):
    raise ValueError(f"{name} is not JSON")


def check_line(action, line):
    if len(line.encode()) > LONGEST_LINE:
        raise ValueError("the line is too long for the daemon")
    line = json.loads(line, parse_constant=reject_constant)
    if line["event"] not in EVENTS:
        raise ValueError(f"event {line['event']}")
    if line["event"] == "log":
        Log(**line["data"])
    if line["event"] != "session":
        return
    if not isinstance(line["session_id"], str):
        raise ValueError("session_id must be text")
    message = line["data"]
    if message["type"] == "stream":
        ANSWERS[action](message["data"])
    elif message["type"] == "error":
        failure = Failure(**message["data"])
        if failure.error_type not in ERROR_TYPES:
            raise ValueError(f"error type {failure.error_type}")
    elif message["type"] != "end" or "data" not in message:
        raise ValueError(f"session message {message}")


def check_lines(paths):
    count, problems = 0, []
    for path in paths:
        with open(path, encoding="utf-8") as records:
            for record in records:
                count += 1
                record = json.loads(record)
                try:
                    check_line(record["action"], record["line"])
                except Exception as error:  # whatever Dify's entities raise is a refusal
                    problems.append(f"{record['action']}: {error!r}\n    {record['line'][:600]}")
    if count == 0:
        problems.append("there were no lines to read")
    return f"{count} lines", problems


def check_package(directory):
    directory = pathlib.Path(directory).resolve()
    os.chdir(directory)
    problems, count = [], 0

    def accept(what, check):
        nonlocal count
        count += 1
        try:
            return check()
        except Exception as error:  # whatever Dify's entities raise is a refusal
            problems.append(f"{what}: {error}")

    def load(path):
        return yaml.safe_load((directory / path).read_text(encoding="utf-8"))

    manifest = load("manifest.yaml")
    accept("manifest.yaml", lambda: PluginConfiguration(**manifest))
    for path in manifest["plugins"]["models"]:
        provider = load(path)
        # Dify is handed the declaration with its models inlined; the SDK finds them itself.
        accept(f"{path} (dify_plugin)", lambda: SdkProvider(**json.loads(json.dumps({"models": {}} | provider))))
        accept(f"{path} (graphon)", lambda: ProviderEntity(**{**provider, "models": []}))
        for models in (provider.get("models") or {}).values():
            for pattern in models.get("predefined", []):
                for file in sorted(directory.glob(pattern)):
                    accept(str(file), lambda: check_model(load(file)))
        for icons in ("icon_small", "icon_large", "icon_small_dark", "icon_large_dark"):
            for icon in (provider.get(icons) or {}).values():
                accept(f"{icons} {icon}", lambda: (directory / "_assets" / icon).read_bytes())
    return f"{count} declarations", problems


def main(arguments):
    what, *paths = arguments
    checked, problems = check_package(paths[0]) if what == "package" else check_lines(paths)
    for problem in problems[:20]:
        print(problem)
    print(f"oracle: {checked} read with dify_plugin and graphon, {len(problems)} refused")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
