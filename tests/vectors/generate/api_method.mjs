// How a typed method's document becomes rows: the least request, the full one, and the changes that break a limit.

/** One method's document: its minimal and its full request, and changes that break a limit: [why, change, code]. */
export const method = (name, minimal, full, broken) => {
  const rows = [];
  const row = (what, provenance, input, outcome) =>
    rows.push({ name: `${name}: ${what}`, provenance, operation: "typedCall", input: { method: name, request: input }, ...outcome });
  const written = (request) => ({ expect: { method: name, bizContent: JSON.stringify(request), parameters: null } });
  row("the least", "what the document requires; JSON.stringify", minimal, written(minimal));
  row("every field", "the document's example, every field of the official SDK's model; JSON.stringify", full, written(full));
  const reversed = Object.fromEntries([["zzz", { a: [1.1] }], ...Object.entries(minimal).reverse()]);
  const kept = { ...minimal, zzz: { a: [1.1] } };
  row("any order, an unknown field kept", "the record's order, unknown fields behind; JSON.stringify", reversed, written(kept));
  for (const [why, change, error] of broken) {
    row(why, "the document's limit", { ...minimal, ...change }, { error });
  }
  return rows;
};

export const long = (length) => "长".repeat(length);
export const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
