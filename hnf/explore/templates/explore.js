// @ts-check
// Reads the figures that the page holds.
"use strict";

/**
 * Unpack what a part of the page holds: base64 of gzip of text.
 * @param {string} id
 * @returns {Promise<string>}
 */
async function unpack(id) {
  const packed = /** @type {HTMLElement} */ (document.getElementById(id)).textContent ?? "";
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

unpack("hnf-data").then((text) => {
  const data = JSON.parse(text);
  const said = /** @type {HTMLElement} */ (document.getElementById("said"));
  said.textContent = `${data.measures.length} measures of ${data.areas.length} areas`;
});
