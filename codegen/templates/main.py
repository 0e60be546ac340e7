# {{ generated }}
"""Replaces itself with the plugin's executable: same process, same pipes. The standard library is enough."""

import os
import sys

PLUGIN = "{{ package.name }}"
FOLDERS = {
    "x86_64": "linux-amd64",
    "amd64": "linux-amd64",
    "aarch64": "linux-arm64",
    "arm64": "linux-arm64",
}


def fail(text):
    sys.stderr.write(f"{PLUGIN}: {text}\n")
    sys.stderr.flush()
    raise SystemExit(1)


def start_copy(path, reason):
    """For file systems that are read-only or forbid execution: runs a private copy, which leaves nothing behind."""
    import shutil
    import tempfile

    place = None
    try:
        place = tempfile.gettempdir()
        with tempfile.TemporaryDirectory(prefix=f"{PLUGIN}-") as folder:
            copy = os.path.join(folder, PLUGIN)
            shutil.copyfile(path, copy)
            os.chmod(copy, 0o700)
            program = os.open(copy, os.O_RDONLY)
            # Started by its open file, so that the copy can be gone already.
            if not os.access(copy, os.X_OK):
                raise PermissionError("that file system forbids execution")
        os.execve(program, [path, *sys.argv[1:]], os.environ)
    except OSError as error:
        fail(
            f"{path} cannot be executed ({reason}), nor can a copy of it in {place or 'a temporary folder'} ({error}). "
            "Mount one of the two without noexec, or point TMPDIR at a folder that allows execution and has room for it."
        )


def launch():
    system, machine = os.uname().sysname, os.uname().machine
    here = os.path.dirname(os.path.abspath(__file__))
    folder = FOLDERS.get(machine.lower()) if system == "Linux" else None
    path = os.path.join(here, "bin", folder or "none", PLUGIN)
    if not os.path.isfile(path):
        try:
            held = ", ".join(sorted(os.listdir(os.path.join(here, "bin")))) or "none"
        except OSError:
            held = "none"
        fail(
            f"this package holds no executable for {system} {machine} (it holds: {held}). "
            f"Install a package built for {folder or 'a supported machine'}."
        )
    try:
        # Dify unpacks every file without the right to execute it.
        if not os.access(path, os.X_OK):
            os.chmod(path, 0o755)
        # Its allocator gives memory back as soon as pages are free.
        os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")
        os.execv(path, [path, *sys.argv[1:]])
    except PermissionError as error:
        start_copy(path, error.strerror or error)
    except OSError as error:
        import errno

        if error.errno == errno.EROFS:
            start_copy(path, error.strerror)
        fail(f"{path} cannot be executed: {error.strerror}. The package may be damaged: install it again.")


if __name__ == "__main__":
    launch()
