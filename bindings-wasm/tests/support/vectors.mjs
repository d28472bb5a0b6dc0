// The golden vectors of tests/vectors/*.json against a package. Runs in Node and in a browser alike: it is given the files' text and
// uses nothing but what both have. Rows are read strictly: an unknown field or operation fails, so that no row checks less than it says.

const ALIPAY = "alipay_2048";
const APP = "app_2048";

/** The files there are besides those of operations; one more or one less on the disk fails. */
const FILES = ["amount", "canonical", "envelope", "form", "keys", "notify", "payment", "request", "sign", "time"];

/**
 * @param api the package under test
 * @param texts the files' texts by name
 * @returns {Promise<{counts: Record<string, number>, failures: string[]}>}
 */
export async function runVectors(api, texts) {
  const [counts, failures, stranger] = [{}, [], await strangersKey()];
  const files = Object.entries(texts).map(([name, text]) => [name, JSON.parse(text)]);
  const names = files.filter(([, file]) => file.runner === undefined).map(([name]) => name).sort();
  if (same(names, FILES) === false) failures.push(`the files are ${names}, known are ${FILES}`);
  for (const [name, file] of files) {
    allowed(file, ["description", "source", "rows"], ["keys", "runner", "merchants"]);
    const { runner = name, keys = {}, merchants = {} } = file;
    const seen = new Set();
    for (const row of file.rows) {
      try {
        if (!row.name || seen.has(row.name)) throw new Error("no name of its own");
        seen.add(row.name);
        await runRow(runner, row, { api, keys, merchants, stranger });
      } catch (wrong) {
        failures.push(`${name}.json, ${row.name}: ${wrong.message}`);
      }
    }
    counts[name] = file.rows.length;
  }
  return { counts, failures };
}

/** What was run, a line per file. */
export function summary(counts) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [...Object.entries(counts).map(([name, count]) => `${name}.json: ${count} rows`), `vectors: ${total} rows`].join("\n");
}

async function runRow(runner, row, context) {
  const { name: _, provenance, expect, error, ...inputs } = row;
  if (!provenance) throw new Error("no provenance");
  if ((expect === undefined) === (error === undefined)) throw new Error("neither expect nor error, or both");
  let actual;
  try {
    actual = { expect: await pick(runner, CASES)(inputs, context) };
  } catch (thrown) {
    // Anything else that is thrown is a finding, not an expected error.
    if (!(thrown instanceof context.api.AlipayError)) throw thrown;
    actual = { error: thrown.code };
  }
  const expected = expect === undefined ? { error } : { expect };
  // A GBK body's text is left open.
  if (runner === "envelope" && expect && !("node" in expect)) delete actual.expect?.node;
  if (!same(actual, expected)) {
    throw new Error(`\n  expected ${JSON.stringify(expected)}\n  actual   ${JSON.stringify(actual)}`);
  }
}

/** One for each kind of row: the inputs, and what they come to. */
const CASES = {
  amount({ operation, ...inputs }, { api }) {
    allowed(inputs, ["text"]);
    return pick(operation, { charge: api.chargeAmount, read: api.readAmount })(inputs.text);
  },

  time({ operation, ...inputs }, { api }) {
    return pick(operation, {
      format() {
        allowed(inputs, ["unix_ms"]);
        return { beijing: api.toBeijing(inputs.unix_ms) };
      },
      parse() {
        allowed(inputs, ["beijing"]);
        return { unix_ms: api.fromBeijing(inputs.beijing) };
      },
    })();
  },

  canonical(inputs, { api }) {
    allowed(inputs, ["parameters"]);
    return { string_to_sign: api.stringToSign(inputs.parameters) };
  },

  form({ operation, ...inputs }, { api }) {
    return pick(operation, {
      encode() {
        allowed(inputs, ["fields"]);
        return { form: api.encodeForm(inputs.fields) };
      },
      decode() {
        allowed(inputs, ["form"]);
        return { fields_base64: api.decodeForm(inputs.form).map((pair) => pair.map(toBase64)) };
      },
    })();
  },

  async keys({ kind, ...inputs }, { api, stranger }) {
    allowed(inputs, [], ["input", "input_base64"]);
    const { bits, weak, publicKey } = pick(kind, { private: api.inspectPrivateKey, public: api.inspectPublicKey })(bytes(inputs));
    if (kind === "private" && inputs.input !== undefined) {
      // A key that is accepted must also sign, and as the platform does.
      const alipay = new api.Alipay({ appId: "2014072300007148", privateKey: inputs.input, alipayPublicKey: stranger });
      const signature = fromBase64(alipay.sign(""));
      // WebCrypto refuses exponents and lengths that we accept; what it can't import it can't check.
      const imported = await importKey(publicKey, "RSA2").catch(() => undefined);
      if (imported) check(await crypto.subtle.verify(ALGORITHM, imported, signature, utf8("")), "it signs wrongly");
    }
    return { bits, weak, public_key: publicKey };
  },

  sign({ operation, key, sign_type, ...inputs }, { api, keys, stranger }) {
    return pick(operation, {
      sign() {
        allowed(inputs, [], ["message", "message_base64"]);
        const alipay = merchant(api, { privateKey: keys[key].private_key, alipayPublicKey: stranger });
        return { signature: alipay.sign(bytes({ input: inputs.message, input_base64: inputs.message_base64 }), sign_type) };
      },
      verify() {
        allowed(inputs, ["message", "signature"]);
        const alipay = merchant(api, { alipayPublicKey: keys[key].public_key });
        return { valid: alipay.verify(inputs.message, inputs.signature, sign_type) };
      },
    })();
  },

  envelope({ method, status, key, sign_type, ...inputs }, { api, keys }) {
    allowed(inputs, [], ["body", "body_base64"]);
    const alipay = merchant(api, { alipayPublicKey: keys[key].public_key, signType: sign_type });
    const body = bytes({ input: inputs.body, input_base64: inputs.body_base64 });
    const { verified, code, subCode, node, data } = alipay.open(method, { status, body });
    check(same(data, JSON.parse(node)), "data is not the node");
    return { verified, code, sub_code: subCode, node };
  },

  notify({ app_id, key, sign_type, ...inputs }, { api, keys }) {
    allowed(inputs, ["body"]);
    const alipay = merchant(api, { appId: app_id, alipayPublicKey: keys[key].public_key, signType: sign_type });
    const { paid, fields } = alipay.verifyNotify(utf8(inputs.body));
    check(same(fields, alipay.verifyNotify(inputs.body).fields), "text and bytes differ");
    return { paid, fields };
  },

  async request({ key, app_id, gateway, sign_type, notify_url, app_auth_token, ...inputs }, { api, keys }) {
    allowed(inputs, ["method", "biz_content", "parameters", "now_unix_ms"]);
    const { method, biz_content, parameters, now_unix_ms: now } = inputs;
    const given = { gateway, signType: sign_type, notifyUrl: notify_url, appAuthToken: app_auth_token };
    const options = { appId: app_id, alipayPublicKey: keys[ALIPAY].public_key, ...given };
    const alipay = new api.Alipay({ ...options, privateKey: keys[key].private_key });
    const call = api.call(method, biz_content, parameters);
    const request = alipay.request(call, now);
    // A key that lives elsewhere comes to the same request in two steps, and so does the asynchronous form.
    const elsewhere = new api.Alipay(options);
    const prepared = elsewhere.prepare(call, now);
    const signature = fromBase64(alipay.sign(prepared.stringToSign, prepared.signType));
    check(same(plain(prepared.finish(signature)), plain(request)), "one step and two steps differ");
    check(same(plain(await alipay.requestAsync(call, now)), plain(request)), "the asynchronous form differs");
    check(request.method === "POST" && same(Object.keys(request.headers), ["content-type"]), "other headers");
    return {
      string_to_sign: prepared.stringToSign,
      url: request.url,
      content_type: request.headers["content-type"],
      body: text(request.body),
    };
  },

  async operation({ operation, merchant: name, ...inputs }, { api, merchants }) {
    allowed(inputs, ["input"]);
    const { input } = inputs;
    if (name === undefined) {
      return operation === "typedCall" ? { ...api.typedCall(input.method, input.request), parameters: null } : api.invoke(operation, input);
    }
    check(Object.hasOwn(merchants, name), `no merchant ${name}`);
    const alipay = new api.Alipay(merchants[name]);
    switch (operation) {
      case "request": {
        const { method, bizContent, parameters, plain: unencrypted } = input.call;
        const call = api.call(method, bizContent, parameters, { plain: unencrypted });
        return plain(await alipay.requestAsync(call, input.now));
      }
      case "open": {
        const { data, ...answer } = alipay.open(input.method, { status: input.status, body: fromBase64(input.body) });
        check(same(data, JSON.parse(answer.node)), "data is not the node");
        return answer;
      }
      case "verifyNotify":
        return alipay.verifyNotify(fromBase64(input.body));
      default:
        return alipay.invoke(operation, input);
    }
  },

  async payment({ start, merchant: options, policy, order, external, alipayTime, resetsOnDeath = false, steps, ...inputs }, { api, keys }) {
    allowed(inputs, []);
    const alipay = new api.Alipay({
      ...options,
      alipayPublicKey: keys[ALIPAY].public_key,
      ...(external ? {} : { privateKey: keys[APP].private_key }),
    });
    let payment = new api.Payment(alipay, order, policy, start, { firstId: 1, alipayTime });
    payment.setResetsOnDeath(resetsOnDeath);
    const [outputs, asked] = [[], new Map()];
    let [highest, told] = [0, null];
    for (const step of steps) {
      allowed(step, ["now"], ["input", "restore", "restored"]);
      const { now, input, restore, restored } = step;
      check(input === undefined || restore === undefined, "either an input or a restore");
      check(restored === undefined || restore !== undefined, "what is known of nothing restored");
      if (input !== undefined) {
        try {
          payment.handle(inputOf(input), now);
        } catch (thrown) {
          if (!(thrown instanceof api.AlipayError)) throw thrown;
          outputs.push({ error: thrown.code });
          continue;
        }
      } else if (restore !== undefined) {
        const snapshot = restore === true ? payment.snapshot() : fromBase64(restore);
        allowed(restored ?? {}, [], ["writerIsDead", "neverSuspended", "gatewayMoved"]);
        payment = api.Payment.restore(alipay, snapshot, now, { firstId: highest + 1, ...restored });
        payment.setResetsOnDeath(resetsOnDeath);
      }
      const output = payment.poll(now);
      highest = Math.max(highest, output.id ?? 0);
      if (output.type === "sign") asked.set(output.id, now);
      outputs.push(await said(output, { now, made: asked.get(output.id) ?? now, appKey: keys[APP].public_key, api }));
      // What is told for the first time may be saved before; later there may be news, and more to ask.
      const { outcome } = payment;
      if (output.type === "done") told = output.outcome;
      const known = output.type === "done" || (outcome !== null && output.type !== "save");
      check(output.type === "save" || same(outcome, known ? told : null), "the state's outcome differs");
    }
    return { outputs };
  },
};

function inputOf({ type, ...members }) {
  const { body, signature } = members;
  return {
    type,
    ...members,
    ...(body === undefined ? {} : { body: fromBase64(body) }),
    ...(signature === undefined ? {} : { signature: fromBase64(signature) }),
  };
}

/** The redacted output, and of a request what it asks for, once it was checked. */
async function said(output, { now, made, appKey, api }) {
  if (output.type === "timeout") check(output.at > now, "a timeout that is over");
  for (const told of ["outcome", "news"]) {
    if (output[told]?.trade === undefined) continue;
    const { document: _, ...trade } = output[told].trade;
    return { ...output, [told]: { ...output[told], trade } };
  }
  if (output.type === "sign") {
    const { bytes, ...rest } = output;
    check(text(bytes) === rest.message, "what to sign is not the text");
    return rest;
  }
  if (output.type !== "request") return output;
  const { http, ...rest } = output;
  const url = new URL(http.url);
  const key = await importKey(appKey, "RSA2");
  const verify = (sign, message) => crypto.subtle.verify(ALGORITHM, key, fromBase64(sign), utf8(message));
  if (url.pathname.startsWith("/v3/")) {
    const [auth, sign] = http.headers.authorization.replace(/^ALIPAY-SHA256withRSA /, "").split(",sign=");
    check(auth.endsWith(`,timestamp=${made}`), "the timestamp is when it was made");
    const body = text(http.body);
    check(http.method === "POST" && url.search === "", "a POST without query");
    check(await verify(sign, `${auth}\nPOST\n${url.pathname}\n${body}\n`), "the signature is the application's");
    return { ...rest, method: url.pathname, bizContent: JSON.parse(body) };
  }
  check(http.method === "POST" && url.search === "?charset=utf-8", "the charset is in the URL");
  const fields = Object.fromEntries([...new URLSearchParams(text(http.body)), ["charset", "utf-8"]]);
  const { sign, ...signed } = fields;
  check(signed.timestamp === api.toBeijing(made), "the timestamp is when it was made");
  const message = Object.keys(signed).sort().map((name) => `${name}=${signed[name]}`).join("&");
  check(await verify(sign, message), "the signature is the application's");
  return { ...rest, method: signed.method, bizContent: JSON.parse(signed.biz_content) };
}

function merchant(api, options) {
  return new api.Alipay({ appId: "2014072300007148", ...options });
}

const ALGORITHM = "RSASSA-PKCS1-v1_5";

function importKey(publicKey, signType) {
  const hash = { RSA2: "SHA-256", RSA: "SHA-1" }[signType];
  return crypto.subtle.importKey("spki", fromBase64(publicKey), { name: ALGORITHM, hash }, false, ["verify"]);
}

/** Somebody's public key, where a merchant must have one and nothing is verified. */
async function strangersKey() {
  const algorithm = { name: ALGORITHM, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const { publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return toBase64(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
}

/** Text, or the base64 of bytes: exactly one of the two. */
function bytes({ input, input_base64 }) {
  check((input === undefined) !== (input_base64 === undefined), "either text or base64");
  return input === undefined ? fromBase64(input_base64) : utf8(input);
}

function allowed(object, required, optional = []) {
  for (const name of required) check(name in object, `no ${name}`);
  for (const name of Object.keys(object)) check(required.includes(name) || optional.includes(name), `unknown field ${name}`);
}

function pick(operation, operations) {
  check(Object.hasOwn(operations, operation), `unknown operation ${operation}`);
  return operations[operation];
}

function check(right, wrong) {
  if (!right) throw new Error(wrong);
}

function plain(request) {
  return { ...request, body: toBase64(request.body) };
}

/** Deep equality of JSON values; the order of members does not matter. */
export function same(a, b) {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return Object.is(a, b);
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === others.length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

function utf8(string) {
  return new TextEncoder().encode(string);
}

function text(given) {
  return new TextDecoder("utf-8", { fatal: true }).decode(given);
}

function fromBase64(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function toBase64(given) {
  let binary = "";
  for (const byte of given) binary += String.fromCharCode(byte);
  return btoa(binary);
}
