"""Calls peers that nobody here wrote, through the installed packages. Run by tests/extended in an environment of its own.

    peers.py --packages DIRECTORY --gateway EXECUTABLE --demo EXECUTABLE [--daemon EXECUTABLE]

* The LiteLLM proxy as the gateway: chat from its own mock, the other endpoints passed on by it to the
  embedded gateway. Which requests are well formed is judged by LiteLLM, and so is the key.
* httpbin under gunicorn as an echo: gunicorn's own access log says which headers arrived.
* With --daemon, `dify plugin run`: the real daemon starts each package and puts every call of the demo to it.

Exit 1 if anything is not as it should be. Uses the network of this machine only.
"""

import argparse
import contextlib
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BIN = pathlib.Path(sys.executable).parent
KEY = "sk-litellm-8c1f62d0"
PATIENCE = 300


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, ready=None, **options):
    """A process that ends with the block. `ready` is a URL that answers once it can be used."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        end = time.monotonic() + PATIENCE
        while ready:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(ready, timeout=5).close()
                break
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{command[0]} does not start")
            time.sleep(0.2)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@contextlib.contextmanager
def embedded_gateway(executable):
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with running([executable], **options) as process:
        yield json.loads(process.stdout.readline())


def demo(arguments, gateway, models, scratch):
    """Runs the demo over a list of models and gives whether all calls were answered as expected, and its table."""
    path = scratch / "models.json"
    path.write_text(json.dumps(models))
    command = [arguments.demo, "--packages", arguments.packages, "--gateway", gateway, "--credentials", path]
    output = subprocess.run(command, capture_output=True, text=True)
    return output.returncode == 0, output.stdout or output.stderr


def litellm(arguments, embedded, scratch):
    """What LiteLLM can mock is mocked; it passes the rest on."""
    upstream = f"{embedded['root']}/open/v1"
    # Its mock of embeddings has one vector for any number of texts.
    mocked = {"chat": "Hello from LiteLLM."}
    passed_on = {
        "embedding": "openai/m",
        "rerank": "hosted_vllm/m",
        "transcription": "openai/m",
        "speech": "openai/m",
        "moderation": "openai/m",
        "completion": "text-completion-openai/m",
        "image": "openai/m",
    }
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_key": "none", "mock_response": answer}}
        for name, answer in mocked.items()
    ] + [
        {"model_name": name, "litellm_params": {"model": model, "api_key": "none", "api_base": upstream}}
        for name, model in passed_on.items()
    ]
    config = scratch / "litellm.json"
    config.write_text(json.dumps({"model_list": models, "general_settings": {"master_key": KEY}}))
    port = free_port()
    environment = os.environ | {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    command = [BIN / "litellm", "--config", config, "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    root = f"http://127.0.0.1:{port}"
    with open(scratch / "litellm.log", "w") as log:
        options = {"env": environment, "stdout": log, "stderr": log, "cwd": scratch}
        with running(command, f"{root}/health/liveliness", **options):
            return demo(arguments, f"{root}/v1", litellm_models(root), scratch)


def litellm_models(root):
    key = {"auth_method": "api_key", "api_key": KEY}
    higress = {"consumer_auth_mode": "api_key", "api_key": KEY, "endpoint_url": root}
    entry = lambda kind, model, expect, row=key, **more: {
        "model_type": kind, "model": model, "credentials": row, "expect": expect, **more
    }
    return [
        entry("llm", "chat", "Hello from LiteLLM."),
        entry("llm", "chat", "Hello from LiteLLM.", higress),
        entry("llm", "completion", " a time", key | {"mode": "completion"}),
        entry("text-embedding", "embedding", "3 numbers: 13 65 0.25, 3 numbers: 13 65 0.25"),
        entry("rerank", "rerank", "1: 0.3"),
        entry("rerank", "rerank", "1: 0.3", higress | {"rerank_model_protocol": "openai_compatible"}),
        entry("speech2text", "transcription", "bytes of mp3"),
        entry("tts", "speech", "bytes"),
        entry("moderation", "moderation", "not flagged"),
    ]


HEADERS = ["accept", "authorization", "content-type", "x-tenant", "x-dify-user", "x-dify-app", "x-higress-nonce", "expect"]


def echo(arguments, scratch):
    """The answers of httpbin are none for the plugin; what it got stands in gunicorn's log."""
    port = free_port()
    log = scratch / "access.log"
    form = "%(m)s %(U)s %(q)s | " + " | ".join(f"{name}: %({{{name}}}i)s" for name in HEADERS)
    command = [BIN / "gunicorn", "--bind", f"127.0.0.1:{port}", "--access-logfile", log, "--access-logformat", form]
    row = {
        "auth_method": "api_key",
        "api_key": KEY,
        "extra_headers": '{"X-Tenant": "t-7"}',
        "advanced": '{"connection.identity": "enabled", "connection.nonce_header": "X-Higress-Nonce"}',
        "endpoint_url": f"http://127.0.0.1:{port}/anything/v1?stage=b",
    }
    kinds = ["llm", "text-embedding", "rerank", "speech2text", "moderation"]
    models = [{"model_type": kind, "model": "m", "credentials": row} for kind in kinds]
    with open(scratch / "gunicorn.log", "w") as errors:
        with running([*command, "httpbin:app"], f"http://127.0.0.1:{port}/status/200", stderr=errors, stdout=errors):
            demo(arguments, "", models, scratch)
    lines = [line for line in log.read_text().splitlines() if line.startswith("POST")]
    problems, nonces = [], set()
    for path, accept in [
        ("chat/completions", "text/event-stream"),
        ("chat/completions", "application/json"),
        ("embeddings", "application/json"),
        ("rerank", "application/json"),
        ("audio/transcriptions", "application/json"),
        ("moderations", "application/json"),
    ]:
        fitting = [line for line in lines if f"/v1/{path} " in line and f"accept: {accept}" in line]
        if not fitting:
            problems.append(f"no request for {path} that accepts {accept}")
    for line in lines:
        wanted = ["stage=b", f"authorization: Bearer {KEY}", "x-tenant: t-7", "x-dify-user: user-1", "x-dify-app: a-1"]
        kind = "multipart/form-data; boundary=" if "transcriptions" in line else "application/json"
        for part in [*wanted, f"content-type: {kind}", "expect: -"]:
            if part not in line:
                problems.append(f"{part!r} is not in {line}")
        nonces.add(line.split("x-higress-nonce: ")[1].split(" ")[0])
    if len(nonces) != len(lines) or "-" in nonces:
        problems.append(f"{len(nonces)} nonces for {len(lines)} requests")
    return not problems, "\n".join(problems + [f"{len(lines)} requests echoed\n"])


def daemon(arguments, embedded, scratch):
    """Every call of the demo, put to each package by the real daemon."""
    problems, answered = [], 0
    for plugin in sorted({call["plugin"] for call in embedded["calls"]}):
        package = next(pathlib.Path(arguments.packages, plugin).glob("*.difypkg"))
        calls = [call for call in embedded["calls"] if call["plugin"] == plugin]
        environment = os.environ | {"UV_PATH": str(BIN / "uv"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        options = {"env": environment, "cwd": scratch, "text": True, "bufsize": 1}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with running([arguments.daemon, "plugin", "run", package, "-r", "json"], **options, **pipes) as process:
            lines = queue.Queue()
            threading.Thread(target=forward, args=(process.stdout, lines), daemon=True).start()
            for outcome in put(process, lines, calls):
                answered += 1
                if outcome:
                    problems.append(outcome)
    return not problems, "\n".join(problems + [f"{answered} calls answered through the daemon\n"])


def forward(output, lines):
    """Puts every line of an output into a queue, and `None` at its end."""
    for line in output:
        lines.put(line)
    lines.put(None)


def put(process, lines, calls):
    """Sends all calls at once and gives, for each, what is wrong with its answer."""

    def following(kind):
        while True:
            try:
                line = lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise SystemExit(f"the daemon says no more; {kind} was awaited")
            if line is None:
                raise SystemExit(f"the daemon ended; {kind} was awaited")
            try:
                message = json.loads(line)
            except json.JSONDecodeError:
                continue
            yield message

    next(message for message in following("plugin_ready") if message.get("type") == "plugin_ready")
    for number, call in enumerate(calls):
        request = {name: value for name, value in call["data"].items() if name not in ("action", "type")}
        line = {"invoke_id": str(number), "type": "model", "action": call["action"], "request": request}
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
    pieces = {str(number): [] for number in range(len(calls))}
    for message in following("plugin_invoke_end"):
        number = message.get("invoke_id")
        if number not in pieces:
            continue
        kind = message.get("type")
        if kind == "plugin_invoke_end":
            call, answer = calls[int(number)], pieces.pop(number)
            what = f"{call['plugin']} {call['protocol']} {call['auth']}"
            yield None if answer and not any("error" in piece for piece in answer) else f"{what}: {answer}"
        elif kind == "error":
            pieces[number].append({"error": message.get("response") or message})
        else:
            pieces[number].append(message.get("response"))
        if not pieces:
            return


def main():
    parser = argparse.ArgumentParser()
    for name in ("packages", "gateway", "demo"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--daemon")
    arguments = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as scratch, embedded_gateway(arguments.gateway) as embedded:
        scratch = pathlib.Path(scratch)
        peers = {
            "the LiteLLM proxy": lambda: litellm(arguments, embedded, scratch),
            "httpbin under gunicorn": lambda: echo(arguments, scratch),
        }
        if arguments.daemon:
            peers["the real daemon"] = lambda: daemon(arguments, embedded, scratch)
        for name, call in peers.items():
            began = time.monotonic()
            passed, said = call()
            good &= passed
            print(f"== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - began:.0f} s\n{said}", flush=True)
            if not passed and (log := scratch / "litellm.log").exists() and "LiteLLM" in name:
                print(log.read_text()[-3000:])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
