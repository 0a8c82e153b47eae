"use strict";
// Uploads, live progress and forms that talk to the REST interface. Every page can be read without this script.

const csrf = document.querySelector('meta[name="csrf"]').content;

async function send(url, method, body, headers = {}) {
  const response = await fetch(url, { method, body, headers: { "X-CSRF-Token": csrf, ...headers } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

function sendJson(url, method, value) {
  return send(url, method, JSON.stringify(value), { "Content-Type": "application/json" });
}

function follow(state) {
  const bar = state.querySelector("progress");
  const events = new EventSource(`/api/v1/studies/${state.dataset.study}/events`);
  events.addEventListener("state", (event) => {
    const study = JSON.parse(event.data);
    if (bar) bar.value = study.progress;
    if (study.state === "ready" || study.state === "failed") {
      events.close();
      location.reload();
    }
  });
}

function onSubmit(form, action) {
  if (!form) return;
  const status = form.querySelector(".status");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    status.textContent = "";
    try {
      await action(new FormData(form), status);
    } catch (error) {
      status.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
}

function numbers(data, names) {
  const found = {};
  for (const name of names) {
    const text = data.get(name);
    if (text !== null && text !== "") found[name] = Number(text);
  }
  return found;
}

async function entriesOf(item) {
  const entry = item.webkitGetAsEntry ? item.webkitGetAsEntry() : null;
  if (!entry) return item.getAsFile() ? [[item.getAsFile(), item.getAsFile().name]] : [];
  return walk(entry);
}

async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [[file, entry.fullPath.replace(/^\//, "")]];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await walk(one)));
  }
}

function upload(form, files, status) {
  const body = new FormData();
  for (const name of ["odi", "nrs"]) if (form.elements[name].value !== "") body.append(name, form.elements[name].value);
  body.append("options", JSON.stringify({ language: document.documentElement.lang }));
  for (const [file, path] of files) body.append("files", file, path);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/studies");
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID ? crypto.randomUUID() : String(Math.random()));
    request.upload.addEventListener("progress", (event) => {
      status.textContent = `${form.dataset.sending} ${Math.round((100 * event.loaded) / event.total)} %`;
    });
    request.addEventListener("error", () => reject(new Error(form.dataset.failed)));
    request.addEventListener("load", () => {
      if (request.status === 202) return resolve(JSON.parse(request.responseText));
      try {
        reject(new Error(JSON.parse(request.responseText).detail));
      } catch {
        reject(new Error(form.dataset.failed));
      }
    });
    request.send(body);
  });
}

const form = document.getElementById("upload");
if (form) {
  const status = form.querySelector(".status");
  onSubmit(form, async () => {
    const files = [...form.elements.folder.files, ...form.elements.files.files];
    const study = await upload(form, files.map((file) => [file, file.webkitRelativePath || file.name]), status);
    location.href = `/studies/${study.id}`;
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  document.addEventListener("dragleave", () => form.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    try {
      // The items must be read before the first wait: the browser empties them afterwards.
      const waiting = [...event.dataTransfer.items].filter((item) => item.kind === "file").map(entriesOf);
      const files = (await Promise.all(waiting)).flat();
      const study = await upload(form, files, status);
      location.href = `/studies/${study.id}`;
    } catch (error) {
      status.textContent = error.message;
    }
  });
}

const scores = document.getElementById("scores");
onSubmit(scores, async (data) => {
  const kept = JSON.parse(scores.dataset.clinical);
  delete kept.odi;
  delete kept.nrs;
  const change = { ...kept, ...numbers(data, ["odi", "nrs"]), version: Number(scores.dataset.version) };
  await sendJson(scores.dataset.url, "PATCH", change);
  location.reload();
});

const decision = document.getElementById("decision");
onSubmit(decision, async (data) => {
  const made = { pathway: data.get("pathway"), reason: data.get("reason"), version: Number(decision.dataset.version) };
  await sendJson(decision.dataset.url, "POST", made);
  location.reload();
});

const retry = document.getElementById("retry");
onSubmit(retry, async () => {
  await send(retry.dataset.url, "POST");
  location.reload();
});

for (const state of document.querySelectorAll("[data-study]")) follow(state);
