// A language server on stdin and stdout: requests, notifications, and the diagnostics that it publishes.
import { spawn } from "node:child_process";
import { join } from "node:path";

const PATIENCE = 60_000;

export class Server {
  #process;
  #buffer = Buffer.alloc(0);
  #next = 1;
  #waiting = new Map();

  constructor(directory) {
    this.#process = spawn(process.execPath, [join(directory, "bin", "yaml-language-server"), "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process.stdout.on("data", (data) => this.#read(data));
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the language server ended"));
    });
  }

  #read(data) {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.subarray(0, end).toString())[1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(end + 4, end + 4 + length).toString());
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#take(message);
    }
  }

  #take({ id, method, params, result, error }) {
    if (method === "textDocument/publishDiagnostics") {
      this.#settle(`diagnostics ${params.uri}`, params.diagnostics);
    } else if (method === "workspace/configuration") {
      // Formatting is a matter of taste; everything else as an editor has it by default.
      const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
      this.#send({ id, result: params.items.map(({ section }) => (section === "yaml" ? yaml : {})) });
    } else if (method !== undefined && id !== undefined) {
      this.#send({ id, result: null });
    } else if (id !== undefined) {
      this.#settle(id, result, error);
    }
  }

  #settle(key, result, error) {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }

  #wait(key) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${key}`)), PATIENCE);
      const done = (settle) => (value) => {
        clearTimeout(timer);
        settle(value);
      };
      this.#waiting.set(key, { resolve: done(resolve), reject: done(reject) });
    });
  }

  #send(message) {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  notify(method, params) {
    this.#send({ method, params });
  }

  request(method, params) {
    const id = this.#next++;
    this.#send({ id, method, params });
    return this.#wait(id);
  }

  async start(root) {
    await this.request("initialize", {
      processId: process.pid,
      rootUri: root,
      workspaceFolders: [{ uri: root, name: "specs" }],
      capabilities: {
        workspace: { configuration: true, workspaceFolders: true },
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
          hover: { contentFormat: ["markdown"] },
        },
      },
    });
    this.notify("initialized", {});
  }

  /// Opens a text under an address, gives it to `use` and closes it again.
  async with(uri, text, use) {
    this.notify("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    try {
      return await use();
    } finally {
      this.notify("textDocument/didClose", { textDocument: { uri } });
    }
  }

  /// The diagnostics of a text.
  async diagnostics(uri, text) {
    const published = this.#wait(`diagnostics ${uri}`);
    return this.with(uri, text, () => published);
  }

  stop() {
    this.#process.kill();
  }
}
