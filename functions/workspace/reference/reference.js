// Adds to each operation of the page what the document says about it, once somebody opens it. Works on text alone: no
// word of the document becomes markup.
"use strict";

const read = fetch("/v1/openapi.json").then((answer) => {
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
});

// An element with what is in it: texts or elements.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// A text whose `code` is shown as such.
function prose(text) {
  return (text || "").split("`").map((part, number) => (number % 2 ? element("code", {}, part) : part));
}

// What a reference leads to.
function follow(doc, part) {
  let seen = part;
  for (let steps = 0; seen && seen.$ref && steps < 9; steps += 1) {
    const found = seen.$ref.split("/").slice(1).reduce((at, key) => at && at[key], doc);
    seen = { ...found, ...(seen.description ? { description: seen.description } : {}) };
  }
  return seen || {};
}

const nameOf = (part) => (part && part.$ref ? part.$ref.split("/").pop() : "");

// What a value is, in a few words.
function typeOf(doc, part) {
  if (!part || part === true) return "anything";
  const choices = part.anyOf || part.allOf;
  if (choices && !part.type) {
    const several = choices.filter((choice) => choice.$ref || choice.type).map((choice) => typeOf(doc, choice));
    return several.join(" or ");
  }
  if (part.$ref) {
    const meant = follow(doc, part);
    return words(meant).length || (meant.type && meant.type !== "object") ? meant.type || "string" : nameOf(part);
  }
  const types = [].concat(part.type || (part.enum || part.const ? "string" : "object"));
  // An empty text counts as left out everywhere: About says so once.
  const meant = types.filter((type) => type !== "string" || part.maxLength !== 0);
  const said = meant.map((type) => (type === "array" ? `list of ${typeOf(doc, part.items)}` : type));
  const format = part.format && !/int|double/.test(part.format) ? `, ${part.format}` : "";
  return said.join(" or ") + format;
}

// The words that a value may be.
function words(part) {
  if (!part) return [];
  if (part.const !== undefined) return [part.const];
  if (part.enum) return part.enum.filter((word) => word !== null && word !== "");
  return (part.oneOf || []).map((choice) => choice.const).filter((word) => word !== undefined);
}

// The object that a value is, or that it is a list of.
function objectIn(doc, part) {
  if (!part) return null;
  for (const choice of [part, part.items, ...(part.anyOf || []), ...(part.allOf || [])]) {
    if (!choice) continue;
    const meant = follow(doc, choice);
    if (meant.properties) return meant;
    if (choice !== part && meant.items) return objectIn(doc, meant);
    if (meant.items) {
      const inside = follow(doc, meant.items);
      if (inside.properties) return inside;
    }
    if (meant.additionalProperties && meant.additionalProperties.$ref) return follow(doc, meant.additionalProperties);
  }
  return null;
}

function bounds(part) {
  const said = [];
  if (part.minimum !== undefined && part.minimum !== 0) said.push(`from ${part.minimum}`);
  if (part.maximum !== undefined) said.push(`up to ${part.maximum.toLocaleString("en")}`);
  if (part.maxLength) said.push(`up to ${part.maxLength.toLocaleString("en")} long`);
  if (part.maxItems !== undefined) said.push(`up to ${part.maxItems} of them`);
  if (part.default !== undefined) said.push(`${part.default} if left out`);
  return said.length ? ` (${said.join(", ")})` : "";
}

function wordList(all) {
  return element("ul", { class: "words" }, ...all.map((word) => element("li", {}, element("code", {}, String(word)))));
}

function row(doc, name, part, must, depth) {
  const meant = follow(doc, part);
  const title = element("dt", {}, element("code", {}, name), element("span", { class: "type" }, typeOf(doc, part) + bounds(meant)));
  if (must) title.append(element("span", { class: "must" }, "required"));
  const about = element("dd", {}, ...prose(part.description || meant.description));
  const allowed = words(meant).length ? words(meant) : words(follow(doc, meant.items));
  if (allowed.length && allowed.length <= 40) about.append(wordList(allowed));
  const inside = objectIn(doc, part);
  if (inside && depth < 6) about.append(later("What is in it", () => fields(doc, inside, depth + 1)));
  return element("div", {}, title, about);
}

// What is shown once somebody wants to see it.
function later(title, make) {
  const folded = element("details", {}, element("summary", {}, title));
  folded.addEventListener("toggle", () => folded.children.length > 1 || folded.append(make()), { once: true });
  return folded;
}

function fields(doc, object, depth) {
  const required = new Set(object.required || []);
  // What must be there comes first.
  const named = Object.entries(object.properties || {}).sort(([a], [b]) => required.has(b) - required.has(a));
  const rows = named.map(([name, part]) => row(doc, name, part, required.has(name), depth));
  return element("dl", {}, ...rows);
}

function json(value) {
  return element("pre", { tabindex: "0" }, element("code", {}, JSON.stringify(value, null, 2)));
}

function body(doc, content) {
  const parts = [];
  for (const [kind, { schema, example }] of Object.entries(content || {})) {
    const object = objectIn(doc, schema);
    if (kind !== "application/json") parts.push(element("p", { class: "note" }, kind));
    if (object) parts.push(later(nameOf(schema) || "Fields", () => fields(doc, object, 0)));
    if (example !== undefined) parts.push(element("h4", {}, "Example"), json(example));
  }
  return parts;
}

function parameterList(doc, all) {
  const rows = all.map((parameter) => {
    const part = { ...parameter.schema, description: parameter.description };
    return row(doc, parameter.name, part, parameter.required, 0);
  });
  return element("dl", {}, ...rows);
}

// Those of the address at once; headers, which most operations share, for whoever wants to see them.
function parameters(doc, operation) {
  const all = (operation.parameters || []).map((parameter) => follow(doc, parameter));
  const [headers, others] = [true, false].map((wanted) => all.filter((one) => (one.in === "header") === wanted));
  return [
    ...(others.length ? [element("h3", {}, "Parameters"), parameterList(doc, others)] : []),
    ...(headers.length ? [later("Headers", () => parameterList(doc, headers))] : []),
  ];
}

function answers(doc, operation) {
  const parts = [element("h3", {}, "Answers")];
  const refusals = [];
  for (const [status, given] of Object.entries(operation.responses)) {
    const answer = follow(doc, given);
    const codes = answer["x-error-codes"] || [];
    if (codes.length) refusals.push([status, codes]);
    const said = answer.description.replace(/ ?Refused: .*$/, "");
    if (!said) continue;
    parts.push(element("h4", {}, `${status}: `, ...prose(said)), ...body(doc, answer.content));
  }
  if (refusals.length) {
    const rows = refusals.map(([status, codes]) => element("div", {}, element("dt", {}, status), element("dd", {}, wordList(codes))));
    parts.push(element("h3", {}, "Refusals"), element("dl", {}, ...rows));
  }
  return parts;
}

function fill(doc, place, operation) {
  const request = operation.requestBody;
  place.append(...parameters(doc, operation));
  if (request) {
    const about = request.required ? "Request" : "Request, which may be left out";
    const parts = body(doc, request.content);
    place.append(element("h3", {}, about), ...parts);
    for (const folded of parts.filter((part) => part.tagName === "DETAILS")) folded.open = true;
  }
  if (operation.responses["2XX"]) return;
  place.append(...answers(doc, operation));
}

function byId(doc) {
  const found = new Map();
  for (const methods of [...Object.values(doc.paths), ...Object.values(doc.webhooks)]) {
    for (const operation of Object.values(methods)) found.set(operation.operationId, operation);
  }
  return found;
}

const lines = [...document.querySelectorAll("main > section > details")];

for (const line of lines) {
  const fillOnce = async () => {
    try {
      const doc = await read;
      fill(doc, line, byId(doc).get(line.id));
    } catch (error) {
      line.append(element("p", { class: "note" }, `The description could not be read: ${error.message}`));
    }
  };
  let filled = false;
  line.addEventListener("toggle", () => {
    if (!line.open) return;
    if (!filled) fillOnce();
    filled = true;
    history.replaceState(null, "", `#${line.id}`);
  });
}

function openNamed() {
  const line = document.getElementById(location.hash.slice(1));
  if (line && line.tagName === "DETAILS") {
    line.open = true;
    line.scrollIntoView();
  }
}
addEventListener("hashchange", openNamed);
openNamed();

const search = document.querySelector(".search");
const found = search.querySelector("[role=status]");
const codes = [...document.querySelectorAll("#Errors tbody tr")];
search.hidden = false;
search.querySelector("input").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = (text) => wanted.every((word) => text.toLowerCase().includes(word));
  for (const line of lines) line.hidden = !shown(`${line.firstElementChild.textContent} ${line.id}`);
  for (const code of codes) code.hidden = !shown(code.textContent);
  for (const section of document.querySelectorAll("main > section")) {
    const own = section.querySelectorAll(":scope > details, tbody tr");
    section.hidden = wanted.length > 0 && [...own].every((part) => part.hidden);
  }
  const count = [...lines, ...codes].filter((part) => !part.hidden).length;
  found.textContent = wanted.length > 0 ? `${count} found` : "";
});
