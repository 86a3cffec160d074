// What n8n gives a node, as little of it as these nodes ask for: parameters with the defaults of the node's own form,
// requests by the library that n8n uses, and the credentials put into them as the node describes it.
"use strict";

const axios = require("axios");
const { SocialApi } = require("n8n-nodes-socialapi/dist/nodes/SocialApi/SocialApi.node.js");
const { SocialApiApi } = require("n8n-nodes-socialapi/dist/credentials/SocialApiApi.credentials.js");

const credential = new SocialApiApi();

/** A request in n8n's form, made as n8n makes it. */
async function httpRequest({ method, baseURL, url, body, qs, headers = {}, json, encoding, returnFullResponse }) {
  const answer = await axios.request({
    method,
    baseURL,
    url,
    params: qs,
    data: body,
    headers: { "User-Agent": "n8n", ...(json ? { Accept: "application/json" } : {}), ...headers },
    responseType: encoding,
    maxBodyLength: Infinity,
  });
  return returnFullResponse ? { body: answer.data, headers: answer.headers, statusCode: answer.status } : answer.data;
}

/** `=Bearer {{$credentials.apiKey}}` with what stands in the credentials. */
function filled(expression, credentials) {
  return expression.replace(/^=/, "").replace(/\{\{\s*\$credentials\.(\w+)\s*\}\}/g, (_, name) => credentials[name]);
}

function authenticated(credentials) {
  const said = Object.entries(credential.authenticate.properties.headers);
  const headers = Object.fromEntries(said.map(([name, value]) => [name, filled(value, credentials)]));
  return (options) => httpRequest({ ...options, headers: { ...options.headers, ...headers } });
}

/** What the form of a node shows for a parameter that nobody filled in. */
function byDefault(description, name, chosen) {
  const shown = description.properties.filter((property) => {
    const wanted = Object.entries(property.displayOptions?.show ?? {});
    return property.name === name && wanted.every(([other, values]) => values.includes(chosen[other] ?? byDefault(description, other, chosen)));
  });
  if (shown.length !== 1) throw new Error(`the node's form has ${shown.length} fields ${name} here`);
  return shown[0].default;
}

/** The context of a node: `more` has what only one kind of node asks for. */
function context(description, credentials, chosen, more = {}) {
  const request = authenticated(credentials);
  return {
    getCredentials: async () => credentials,
    getNode: () => ({ name: description.displayName, type: description.name, typeVersion: 1 }),
    getNodeParameter: (name) => chosen[name] ?? byDefault(description, name, chosen),
    getInputData: () => [{ json: {} }],
    continueOnFail: () => false,
    ...more,
    helpers: {
      returnJsonArray: (data) => [data].flat().map((json) => ({ json })),
      httpRequest,
      httpRequestWithAuthentication: (_, options) => request(options),
      ...more.helpers,
    },
  };
}

/** The operations of the node, and a function that runs one and answers with its rows. */
function node(credentials) {
  const actions = new SocialApi();
  const { properties } = actions.description;
  const operations = properties
    .filter((property) => property.name === "operation")
    .flatMap((property) => property.options.map(({ value }) => `${property.displayOptions.show.resource[0]}.${value}`));
  const run = async (resource, operation, chosen = {}, binary = undefined) => {
    const helpers = binary && {
      assertBinaryData: () => ({ fileName: binary.fileName, mimeType: binary.mimeType }),
      getBinaryDataBuffer: async () => binary.data,
    };
    const own = context(actions.description, credentials, { resource, operation, ...chosen }, { helpers });
    const [rows] = await actions.execute.call(own);
    return rows.map((row) => row.json);
  };
  return { operations, run };
}

/** What n8n does when somebody saves the credentials. */
function tested(credentials) {
  const { baseURL, url } = credential.test.request;
  return authenticated(credentials)({ method: "GET", baseURL: filled(baseURL, credentials), url, json: true });
}

module.exports = { context, httpRequest, node, tested };
