// Money as fen, and Beijing's civil time. Expected times are node's Date, shifted by eight hours.

const charge = (name, text, fen, written, provenance = "digits of the text, by hand") => ({
  name,
  provenance,
  operation: "charge",
  text,
  expect: { fen, text: written },
});
const read = (...row) => ({ ...charge(...row), operation: "read" });
const refuse = (name, text, error, operation = "charge") => ({
  name,
  provenance: "seed document 002: yuan, at most two decimals, 0.01 to 100000000",
  operation,
  text,
  error,
});
const limits = "seed document 002: [0.01, 100000000], in at most 11 characters";

export const amount = {
  description:
    "Amounts in yuan to whole fen and back. `charge` is an amount to ask for, `read` one out of an answer, which may be zero. Fen as text: 64 bits.",
  source: "tests/vectors/generate/amount_time.mjs; written by hand after seed document 002",
  rows: [
    charge("the document's example", "88.88", "8888", "88.88", "seed document 002"),
    charge("the least", "0.01", "1", "0.01", limits),
    charge("the most", "100000000", "10000000000", "100000000", limits),
    charge("the most, with decimals", "100000000.00", "10000000000", "100000000", limits),
    charge("one fen less than the most", "99999999.99", "9999999999", "99999999.99", limits),
    charge("no decimals", "2000", "200000", "2000.00"),
    charge("one decimal", "9.9", "990", "9.90"),
    charge("not a binary fraction", "1.15", "115", "1.15"),
    charge("more than a float of 32 bits can tell", "16777217.01", "1677721701", "16777217.01"),
    read("nothing, in an answer", "0.00", "0", "0.00"),
    read("a tenth, in an answer", "8.1", "810", "8.10"),
    refuse("zero", "0", "amount_range"),
    refuse("zero with decimals", "0.00", "amount_range"),
    refuse("one fen too much", "100000000.01", "amount_range"),
    refuse("far too much", "99999999999999999999", "amount_range"),
    refuse("a tenth of a fen", "0.001", "amount_format"),
    refuse("an exponent", "1e3", "amount_format"),
    refuse("below zero", "-1", "amount_format"),
    refuse("a plus sign", "+1", "amount_format"),
    refuse("empty", "", "amount_format"),
    refuse("a comma", "1,000.00", "amount_format"),
    refuse("white space around", " 1.00 ", "amount_format"),
    refuse("full-width digits", "１.00", "amount_format"),
    refuse("a point without decimals", "1.", "amount_format"),
    refuse("a point without yuan", ".5", "amount_format"),
    refuse("a currency sign", "¥1", "amount_format"),
    refuse("too much, in an answer", "100000000.01", "amount_range", "read"),
  ],
};

const beijing = (ms) => new Date(ms + 8 * 3600 * 1000).toISOString().replace("T", " ").slice(0, 19);
const node = "node's Date in UTC, eight hours later";
const both = (name, unix_ms, provenance = node) => [
  { name: `${name}, written`, provenance, operation: "format", unix_ms, expect: { beijing: beijing(unix_ms) } },
  {
    name: `${name}, read`,
    provenance,
    operation: "parse",
    beijing: beijing(unix_ms),
    expect: { unix_ms: unix_ms - (unix_ms % 1000) },
  },
];
const impossible = (name, text, error = "time_format") => ({
  name,
  provenance: "seed document 002: yyyy-MM-dd HH:mm:ss",
  operation: "parse",
  beijing: text,
  error,
});

export const time = {
  description: "Unix milliseconds to yyyy-MM-dd HH:mm:ss in GMT+8 and back. Never the host's zone, never daylight saving.",
  source: "tests/vectors/generate/amount_time.mjs with node's Date",
  rows: [
    ...both("the document's example", Date.UTC(2014, 6, 23, 19, 7, 50), `seed document 002 (2014-07-24 03:07:50), ${node}`),
    ...both("the beginning", 0),
    ...both("the leap day of 2000", Date.UTC(2000, 1, 29, 15, 59, 59)),
    ...both("a day after February in 2100, which has no leap day", Date.UTC(2100, 1, 28, 16, 0, 0)),
    ...both("midnight in Beijing", Date.UTC(2025, 11, 31, 16, 0, 0)),
    ...both("the summer of 1988, when Shanghai's zone had daylight saving", Date.UTC(1988, 6, 1, 4, 0, 0)),
    ...both("milliseconds are cut, not rounded", Date.UTC(2026, 0, 1, 0, 0, 0, 999)),
    ...both("beyond 2038", Date.UTC(2038, 0, 19, 3, 14, 8)),
    ...both("the end of 9999", Date.UTC(9999, 11, 31, 15, 59, 59)),
    {
      name: "milliseconds of a notification",
      provenance: "notifications carry .SSS at times; node's Date",
      operation: "parse",
      beijing: "2014-11-27 15:45:57.320",
      expect: { unix_ms: Date.UTC(2014, 10, 27, 7, 45, 57, 320) },
    },
    { name: "before the epoch", provenance: "issue 2", operation: "format", unix_ms: -1, error: "time_range" },
    { name: "after 9999", provenance: "five digits of a year do not fit", operation: "format", unix_ms: Date.UTC(9999, 11, 31, 16), error: "time_range" },
    impossible("a second before the epoch", "1970-01-01 07:59:59", "time_range"),
    impossible("the 30th of February", "2014-02-30 00:00:00"),
    impossible("the 29th of February of 2100", "2100-02-29 00:00:00"),
    impossible("hour 24", "2014-07-24 24:00:00"),
    impossible("a month too many", "2014-13-01 00:00:00"),
    impossible("ISO 8601", "2014-07-24T03:07:50Z"),
    impossible("one digit", "2014-7-24 03:07:50"),
    impossible("only a date", "2014-07-24"),
    impossible("empty", ""),
    impossible("white space behind", "2014-07-24 03:07:50 "),
    impossible("full-width digits", "２014-07-24 03:07:50"),
  ],
};
