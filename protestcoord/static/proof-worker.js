// Finds a number after which the SHA-256 digest of a challenge begins with zero bits.
// In a worker, so that the page stays alive; plain code, since crypto.subtle pays for each call.
"use strict";
const K = [];
const START = [];
for (let n = 2; K.length < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  if (START.length < 8) START.push((Math.sqrt(n) % 1) * 4294967296 | 0);
  K.push((Math.cbrt(n) % 1) * 4294967296 | 0);
}
const W = new Int32Array(64);

// One block of 64 bytes into a state of eight words (FIPS 180-4, section 6.2.2).
function compress(state, bytes, at) {
  for (let i = 0; i < 16; i++) {
    const j = at + 4 * i;
    W[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  return [state[0] + a | 0, state[1] + b | 0, state[2] + c | 0, state[3] + d | 0,
    state[4] + e | 0, state[5] + f | 0, state[6] + g | 0, state[7] + h | 0];
}

function solve(text, bits) {
  const prefix = new TextEncoder().encode(text + ":");
  const whole = Math.floor(prefix.length / 64) * 64;
  let before = START;
  for (let at = 0; at < whole; at += 64) before = compress(before, prefix, at);
  const rest = prefix.length - whole;
  const tail = new Uint8Array(128);
  for (let n = 0; ; n++) {
    const digits = String(n);
    const length = rest + digits.length;
    const size = length + 9 > 64 ? 128 : 64;
    tail.fill(0);
    tail.set(prefix.subarray(whole));
    for (let i = 0; i < digits.length; i++) tail[rest + i] = digits.charCodeAt(i);
    tail[length] = 128;
    const total = (whole + length) * 8;
    tail[size - 2] = total >>> 8;
    tail[size - 1] = total & 255;
    let state = compress(before, tail, 0);
    if (size === 128) state = compress(state, tail, 64);
    if (Math.clz32(state[0]) >= bits) return n;
    if (n % 8192 === 8191) postMessage({ tried: n + 1 });
  }
}

onmessage = (event) => postMessage({ found: solve(event.data.text, event.data.bits) });
