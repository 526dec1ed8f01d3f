// Reads QR codes from pictures beside the page, in a worker of its own, so that the gate answers while it looks. A classic worker, since
// jsQR is a classic script.
/* global importScripts, jsQR */
importScripts('/vendor/jsqr/jsQR.js')

addEventListener('message', ({ data: { pixels, width, height } }) => {
  const found = jsQR(new Uint8ClampedArray(pixels), width, height, { inversionAttempts: 'dontInvert' })
  postMessage(found?.data ?? null)
})
