// Every operation of SocialAPI.ai's n8n node, and its trigger, as a workflow uses them.
//
// Takes the events that the local stack has printed, and the port at which a workflow may be told of what happens.
// Whatever the node can't read, or is told otherwise than the contract says, ends the run.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { SocialApiTrigger } = require("n8n-nodes-socialapi/dist/nodes/SocialApiTrigger/SocialApiTrigger.node.js");
const { context, httpRequest, node, tested } = require("./host.js");

const SAMPLE = fs.readFileSync(path.join(__dirname, "../../infra/local/sample/sample.mp4"));
const NOT_OF_TIKTOK = ["comment", "conversation", "review", "mention"];

/** The sample with a box that readers skip, so that no two videos are the same. */
function video(name) {
  const box = Buffer.alloc(8 + name.length);
  box.writeUInt32BE(box.length);
  box.write(`free${name}`, 4);
  return { data: Buffer.concat([SAMPLE, box]), fileName: `${name}.mp4`, mimeType: "video/mp4" };
}

async function until(what, condition) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await condition();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`never happened: ${what}`);
}

class Workflow {
  constructor(credentials) {
    this.credentials = credentials;
    this.node = node(credentials);
    this.done = new Set();
  }

  run(resource, operation, chosen, binary) {
    this.done.add(`${resource}.${operation}`);
    return this.node.run(resource, operation, chosen, binary);
  }

  async one(...call) {
    const rows = await this.run(...call);
    assert.equal(rows.length, 1, JSON.stringify(rows));
    return rows[0];
  }

  /** The operation is refused: the node shows the status, and our words are in what it carries. */
  async refused(status, code, ...call) {
    const error = await this.run(...call).then(
      (rows) => assert.fail(`${call.slice(0, 2)} was not refused: ${JSON.stringify(rows)}`),
      (error) => error,
    );
    assert.equal(error.constructor.name, "NodeApiError", error);
    assert.equal(String(error.httpCode), String(status), error);
    const said = JSON.stringify([error.messages, error.description, error.context, error.cause?.response?.data]);
    assert.ok(said.includes(code), said);
  }
}

async function accounts(flow) {
  const [account] = await flow.run("account", "getAll");
  assert.deepEqual([account.platform, account.status], ["tiktok", "active"]);
  assert.deepEqual((await flow.run("account", "getAll", { brand_id: account.brand_id })).map(({ id }) => id), [account.id]);
  const limits = await flow.one("account", "getLimits", { accountId: account.id });
  assert.ok(Object.values(limits).every(Number.isInteger), JSON.stringify(limits));
  await flow.refused(501, "resource.not_supported", "account", "listPages", { accountId: account.id });
  const begun = await flow.one("account", "connect", { platform: "tiktok" });
  assert.ok(begun.auth_url && begun.state && begun.message, JSON.stringify(begun));
  await flow.refused(400, "account.unsupported_platform", "account", "connect", { platform: "instagram" });
  return account.id;
}

/** The node ends a connection whose code came to a page of the customer's. */
async function exchange(flow) {
  const { apiKey, baseUrl } = flow.credentials;
  const asked = await httpRequest({
    method: "POST",
    baseURL: baseUrl,
    url: "/v1/accounts/connect",
    body: { platform: "tiktok", metadata: { redirect_uri: "http://localhost:3000/cb" } },
    headers: { Authorization: `Bearer ${apiKey}` },
  });
  const agreed = await fetch(asked.auth_url, { redirect: "manual" });
  const back = new URL(agreed.headers.get("location")).searchParams;
  const made = await flow.one("account", "exchange", { code: back.get("code"), state: back.get("state") });
  assert.ok(made.account_id.startsWith("acc_") && made.username, JSON.stringify(made));
  await flow.refused(403, "auth.state_mismatch", "account", "exchange", { code: "c", state: "forged" });
}

async function media(flow, site) {
  const uploaded = await flow.one("media", "upload", {}, video("from-a-node"));
  assert.deepEqual([uploaded.status, uploaded.success], ["ready", true], JSON.stringify(uploaded));
  const fetched = await flow.one("media", "upload", { source: "url", url: `${site}/from-a-page.mp4` });
  assert.deepEqual([fetched.status, fetched.filename], ["ready", "from-a-page.mp4"], JSON.stringify(fetched));
  const unnamed = await flow.one("media", "upload", {}, { data: video("unnamed").data });
  assert.equal(unnamed.status, "ready", "the content decides, whatever it is called");
  const all = (await flow.run("media", "getAll", { returnAll: true })).map(({ id }) => id);
  const first = await flow.one("media", "getAll", { limit: 1 });
  assert.ok([uploaded.id, fetched.id, unnamed.id, first.id].every((id) => all.includes(id)), String(all));
  const storage = await flow.one("media", "storage");
  assert.ok(storage.used_bytes >= 3 * SAMPLE.length && Number.isInteger(storage.limit_bytes), JSON.stringify(storage));
  await flow.run("media", "delete", { mediaId: unnamed.id });
  await flow.refused(404, "media.not_found", "media", "delete", { mediaId: unnamed.id });
  return [uploaded.id, fetched.id];
}

async function posts(flow, account, [published, later]) {
  const targets = { target: [{ account_id: account }] };
  const constraints = await flow.one("post", "getConstraints");
  assert.equal(constraints.data.tiktok.text.max_length, 2200);
  const checked = await flow.one("post", "validate", { text: "From n8n", targets, validateMediaIds: published });
  assert.deepEqual([checked.valid, checked.errors[0].code], [false, "validation.field_required"], "the creator was not asked");
  await flow.refused(400, "privacy_level", "post", "create", { text: "From n8n", targets, additionalFields: { media_ids: published } });

  const now = { media_ids: `${published}, `, visibility: "private", publish_now: true, first_comment: "Hello", title: "n8n" };
  const said = { text: "From n8n", targets: { target: [{ account_id: account, page_id: "p" }] }, additionalFields: now };
  const made = await flow.one("post", "create", said);
  assert.deepEqual([made.status, made.targets[0].account_id], ["publishing", account]);
  assert.ok(["first_comment", "page_id"].every((field) => JSON.stringify(made.warnings).includes(field)), String(made.warnings));
  const post = await until("published", async () => {
    const seen = await flow.one("post", "get", { postId: made.id });
    assert.notEqual(seen.status, "failed", JSON.stringify(seen));
    return seen.status === "published" && seen;
  });
  assert.equal(post.targets[0].metadata.privacy_level, "SELF_ONLY");
  const metrics = await flow.one("post", "getMetrics", { postId: made.id });
  assert.equal(metrics.data.post_id, made.id);
  await flow.refused(400, "post.no_retryable_deliveries", "post", "retry", { postId: made.id });
  await flow.refused(501, "resource.not_supported", "post", "unpublish", { postId: made.id });
  await flow.refused(501, "resource.not_supported", "post", "unpublish", { postId: made.id, account_ids: account });
  const kept = await flow.one("post", "delete", { postId: made.id });
  assert.deepEqual([kept.deleted, kept.results[0].outcome], [false, "not_supported"]);

  const tomorrow = (hours) => new Date(Date.now() + (24 + hours) * 3_600_000).toISOString();
  const draft = await flow.one("post", "create", {
    text: "Later", targets, additionalFields: { media_ids: later, visibility: "private", scheduled_at: tomorrow(0) },
  });
  assert.equal(draft.status, "scheduled");
  const updated = await flow.one("post", "update", { postId: draft.id, updateFields: { text: "Later still", scheduled_at: tomorrow(1) } });
  assert.deepEqual([updated.text, updated.status], ["Later still", "scheduled"]);
  await flow.refused(400, "validation.field_invalid", "post", "update", { postId: draft.id, updateFields: { scheduled_at: "soon" } });
  const filters = { account_ids: account, platform: "tiktok", search: "later", status: "scheduled", from: tomorrow(-48), to: tomorrow(48) };
  assert.deepEqual((await flow.run("post", "getAll", { filters })).map(({ id }) => id), [draft.id]);
  assert.equal((await flow.run("post", "getAll", { limit: 1 })).length, 1);
  const all = (await flow.run("post", "getAll", { returnAll: true })).map(({ id }) => id);
  assert.ok([draft.id, made.id].every((id) => all.includes(id)));
  const sent = await flow.one("post", "publish", { postId: draft.id });
  assert.equal(sent.status, "publishing");
  await until("the second is published", async () => (await flow.one("post", "get", { postId: draft.id })).status === "published");
}

async function brands(flow) {
  const made = await flow.one("brand", "create", { name: "From n8n" });
  const renamed = await flow.one("brand", "update", { brandId: made.id, name: "Renamed" });
  assert.deepEqual([renamed.id, renamed.name], [made.id, "Renamed"]);
  assert.ok((await flow.run("brand", "getAll")).some(({ id, name }) => id === made.id && name === "Renamed"));
  await flow.run("brand", "delete", { brandId: made.id });
  await flow.refused(404, "brand.not_found", "brand", "update", { brandId: made.id, name: "Gone" });
}

/** A server that is n8n for what comes to it, and a page with videos for what is fetched from it. */
class Site {
  constructor() {
    this.trigger = new SocialApiTrigger();
    this.kept = {};
    this.started = [];
    this.answers = [];
    this.accountId = "";
  }

  context(more = {}) {
    const chosen = { events: ["post.published", "post.scheduled"], accountId: this.accountId };
    return context(this.trigger.description, this.credentials, chosen, {
      getNodeWebhookUrl: () => `${this.url}/webhook`,
      getWorkflowStaticData: () => this.kept,
      ...more,
    });
  }

  async listen(port, credentials) {
    this.url = `http://127.0.0.1:${port}`;
    this.credentials = credentials;
    this.server = http.createServer((request, response) => this.answer(request, response));
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
  }

  async answer(request, response) {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "video/mp4" });
      response.end(video(path.basename(request.url, ".mp4")).data);
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const rawBody = Buffer.concat(chunks);
    let refused = 0;
    const own = this.context({
      getRequestObject: () => ({ body: JSON.parse(rawBody), rawBody }),
      getHeaderData: () => request.headers,
      getResponseObject: () => ({ status: (code) => ({ send: () => { refused = code; } }) }),
    });
    const { workflowData } = await this.trigger.webhook.call(own);
    this.answers.push(refused || 200);
    if (workflowData) this.started.push(workflowData[0][0].json);
    response.writeHead(refused || 200).end();
  }
}

async function triggers(site) {
  const { checkExists, create, delete: remove } = site.trigger.webhookMethods.default;
  const events = await site.trigger.methods.loadOptions.getEvents.call(site.context());
  assert.ok(events.some(({ value, name }) => value === "post.published" && name.includes(": ")), JSON.stringify(events));
  assert.equal(await checkExists.call(site.context()), false);
  assert.ok(await create.call(site.context()));
  assert.ok(site.kept.webhookId.startsWith("wh_") && site.kept.webhookSecret.startsWith("whsec_"));
  assert.deepEqual([site.answers, site.started], [[200], []], "the ping starts no workflow");
  assert.ok(await checkExists.call(site.context()));
  return async (account) => {
    await until("a workflow was started", () => site.started.some(({ event }) => event === "post.published"));
    const told = site.started.find(({ event }) => event === "post.published");
    assert.equal(told.data.results[0].account_id, account);
    assert.ok(site.answers.every((status) => status === 200), String(site.answers));
    const forged = { method: "POST", body: JSON.stringify(told), headers: { "x-socialapi-signature": "sha256=00" } };
    assert.equal((await fetch(`${site.url}/webhook`, forged)).status, 401);
    await remove.call(site.context());
    site.kept.webhookId = "wh_gone";
    assert.equal(await checkExists.call(site.context()), false);
  };
}

async function main([file, port]) {
  const lines = fs.readFileSync(file, "utf8").split("\n").filter((line) => line.startsWith("{"));
  const ready = lines.map((line) => JSON.parse(line)).find(({ event }) => event === "ready");
  const credentials = { apiKey: ready.api_key, baseUrl: `${ready.api_url}/` };
  assert.ok(Number.isInteger((await tested(credentials)).brands_used));
  await assert.rejects(tested({ ...credentials, apiKey: "wrong" }), (error) => error.response.status === 401);

  const flow = new Workflow(credentials);
  const site = new Site();
  await site.listen(Number(port), credentials);
  const account = await accounts(flow);
  await exchange(flow);
  const told = await triggers(site);
  await posts(flow, account, await media(flow, site.url));
  await told(account);
  await brands(flow);
  for (const name of flow.node.operations.filter((name) => NOT_OF_TIKTOK.includes(name.split(".")[0]))) {
    const [resource, operation] = name.split(".");
    const ids = { postId: "post_1", commentId: "c1", conversationId: "c1", reviewId: "r1", accountId: account };
    await flow.refused(501, "resource.not_supported", resource, operation, ids);
  }
  await flow.run("account", "disconnect", { accountId: account });
  await flow.refused(404, "account.not_found", "account", "getLimits", { accountId: account });
  const left = flow.node.operations.filter((name) => !flow.done.has(name));
  assert.deepEqual(left, [], "operations of the node that were not run");
  site.server.close();
  console.log(`The n8n node's ${flow.done.size} operations and its trigger passed.`);
}

main(process.argv.slice(2)).catch((error) => {
  // An error of axios or n8n holds the whole request, with the key.
  console.error(error.stack, error.response?.data ?? error.cause?.response?.data ?? error.messages ?? "");
  process.exit(1);
});
