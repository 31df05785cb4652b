// A client of gex in another language: stock stubs of the contract, nothing of ours.
//
//     npm ci && node map.mjs 127.0.0.1:50051 SPX            (Node 20 or newer)
//
// It lists what is kept, asks for an exposure, streams one spot into the kept chain and waits for its acknowledgement,
// and publishes a small chain of its own. Columns are ordinary packed protobuf fields: the stubs decode them, and `column`
// shows that a Float64Array over the bytes gives the same numbers without a loop.

import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const [address = "127.0.0.1:50051", underlying = "SPX"] = process.argv.slice(2);
const protos = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "protos");
const definition = loader.loadSync(["chain", "exposure"].map((name) => `gexapi/v1/${name}.proto`), {
  includeDirs: [protos],
  keepCase: true, // field names as in the contract
  longs: Number, // revisions and sequences stay below 2^53
  enums: String,
  defaults: true,
  oneofs: true,
});
const { gexapi } = grpc.loadPackageDefinition(definition);
const credentials = grpc.credentials.createInsecure();
const limits = { "grpc.max_receive_message_length": -1 };
const chains = new gexapi.v1.ChainService(address, credentials, limits);
const exposures = new gexapi.v1.ExposureService(address, credentials, limits);

/** One unary call as a promise. The metadata names the underlying, so that a front before several shards knows the way. */
function ask(service, call, request, name = underlying) {
  const metadata = new grpc.Metadata();
  metadata.set("gex-underlying", name);
  const deadline = { deadline: Date.now() + 30_000 };
  return new Promise((resolve, reject) =>
    service[call](request, metadata, deadline, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
}

/** The same call without decoding: the bytes of the answer. */
function askRaw(service, call, request) {
  const { path, requestSerialize } = service[call];
  const metadata = new grpc.Metadata();
  metadata.set("gex-underlying", underlying);
  return new Promise((resolve, reject) =>
    service.makeUnaryRequest(path, requestSerialize, (bytes) => bytes, request, metadata, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    ),
  );
}

/** [next position, value] of a varint. */
function varint(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return [at, value];
  }
}

/** The bytes of every length-delimited field of this number in a message. */
function fields(bytes, number) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    let tag, length;
    [at, tag] = varint(bytes, at);
    const kind = tag & 7;
    if (kind === 0) [at] = varint(bytes, at);
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else {
      [at, length] = varint(bytes, at);
      if (Math.floor(tag / 8) === number) found.push(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}

/** A packed `repeated double` as numbers: its bytes are little-endian, as numbers are in memory here. */
function column(message, number) {
  const [packed = new Uint8Array()] = fields(message, number);
  return new Float64Array(new Uint8Array(packed).buffer); // a copy of its own: a Buffer's bytes are not aligned to 8
}

/** Number of a field of a message type by its name, from the contract. */
function numberOf(type, name) {
  return definition[`gexapi.v1.${type}`].type.field.find((field) => field.name === name).number;
}

/** What became of one message on the stream of updates. */
function streamSpot(spot, asOf) {
  const metadata = new grpc.Metadata();
  metadata.set("gex-underlying", underlying);
  const stream = chains.StreamUpdates(metadata);
  const seconds = Math.floor(asOf / 1000);
  return new Promise((resolve, reject) => {
    stream.on("data", (answer) => resolve(answer));
    stream.on("error", reject);
    stream.write({ client_id: `node-${randomUUID()}`, sequence: 1, underlying, as_of: { seconds, nanos: 0 }, spot: { spot } });
    stream.end();
  });
}

const listed = await ask(chains, "ListUnderlyings", {});
const kept = listed.underlyings.find((one) => one.underlying === underlying);
if (kept === undefined) {
  console.error(`${underlying}: no chain is kept at ${address}; there is ${listed.underlyings.map((one) => one.underlying).join(", ") || "none"}`);
  process.exit(2);
}

const request = { underlying, settings: { positionings: [{ model: "oi_calls_long_puts_short" }] } };
const answer = await ask(exposures, "GetExposure", request);
const book = answer.books[0];
const flips = book.gamma_flips.map((flip) => flip.price.toFixed(2)).join(", ") || "none in range";

const raw = await askRaw(exposures, "GetExposure", request);
const rawBook = fields(raw, numberOf("GetExposureResponse", "books"))[0];
const rawMap = fields(rawBook, numberOf("ExposureBook", "map"))[0];
const gamma = column(rawMap, numberOf("ExposureMap", "gamma_exposure_per_percent"));
const decoded = book.map.gamma_exposure_per_percent;
const isSame = gamma.length === decoded.length && decoded.every((value, row) => Object.is(value, gamma[row]));

const update = await streamSpot(answer.spot * 1.001, Number(kept.as_of.seconds) * 1000 + 60_000);

const own = await ask(
  chains,
  "PublishChain",
  {
    chain: {
      underlying: "NODE",
      as_of: { seconds: 1_709_326_800, nanos: 0 },
      spot: 100,
      expiries: [{ expiry: "2024-03-15" }],
      expiry_index: [0, 0, 0, 0],
      strike: [95, 95, 105, 105],
      right: ["RIGHT_CALL", "RIGHT_PUT", "RIGHT_CALL", "RIGHT_PUT"],
      bid: [5.4, 0.3, 0.4, 5.3],
      ask: [5.6, 0.4, 0.5, 5.5],
      open_interest: [10, 20, 30, NaN],
    },
  },
  "NODE",
);
const back = await ask(chains, "GetChain", { underlying: "NODE" }, "NODE");

console.log(
  JSON.stringify({
    underlying,
    spot: answer.spot,
    gamma_exposure_per_percent: book.gamma_exposure_per_percent,
    flips,
    rows: decoded.length,
    sum: decoded.reduce((sum, value) => sum + value, 0),
    raw_is_the_same: isSame,
    update: { is_applied: update.is_applied, reason: update.reason, revision: update.revision },
    published: { revision: own.revision, row_count: own.row_count, strike: back.chain.strike, unknown: Number.isNaN(back.chain.open_interest[3]) },
  }),
);
chains.close();
exposures.close();
