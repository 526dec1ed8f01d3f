// Reads QR codes from the camera: with the browser's own detector where there is one, else with jsQR in a worker beside the page.
import { both } from '../shell/language.js'

/** Several looks a second are enough for a hand that holds a phone still, and leave a small tablet time for the rest. */
const lookEveryMs = 120
/** jsQR's time grows with the picture; a code that fills a third of it reads well at this width. */
const pictureWidth = 640

/** Starts the camera in the video element and calls `onCode(text)` for what it sees. Returns a function that stops it; throws a CameraError. */
export async function startCamera(video, onCode) {
  const stream = await openCamera()
  video.srcObject = stream
  await video.play()
  const read = await codeReader()
  let running = true
  const look = async () => {
    if (!running) return
    const text = video.readyState >= video.HAVE_CURRENT_DATA ? await read(video) : null
    if (text && running) onCode(text)
    setTimeout(() => void look(), lookEveryMs)
  }
  void look()
  return () => {
    running = false
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}

export class CameraError extends Error {
  constructor(text) {
    super(text.zh)
    this.text = text
  }
}

async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new CameraError(
      both(
        '浏览器只在 HTTPS 或本机地址下开放摄像头；请用扫码枪或键入',
        'Browsers open the camera only over HTTPS or on this machine; use a reader or type'
      )
    )
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } })
  } catch (error) {
    throw new CameraError(
      error.name === 'NotAllowedError'
        ? both(
            '摄像头未获授权；可在浏览器设置中允许，或用扫码枪、键入',
            'The camera was not allowed; allow it in the browser, or use a reader or type'
          )
        : both('没有可用的摄像头；请用扫码枪或键入', 'No camera can be used; use a reader or type')
    )
  }
}

async function codeReader() {
  const native = await nativeReader()
  if (native) return native
  const reader = new Worker('/pages/gate/code-reader.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return async (video) => {
    const scale = Math.min(1, pictureWidth / video.videoWidth)
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)]
    Object.assign(canvas, { width, height })
    context.drawImage(video, 0, 0, width, height)
    const pixels = context.getImageData(0, 0, width, height).data.buffer
    return await new Promise((resolve) => {
      reader.addEventListener('message', ({ data }) => resolve(data), { once: true })
      reader.postMessage({ pixels, width, height }, [pixels])
    })
  }
}

async function nativeReader() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? []
  if (!formats.includes('qr_code')) return null
  const detector = new globalThis.BarcodeDetector({ formats: ['qr_code'] })
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? null
}
