import { request } from 'node:http'

const timeoutMs = 5_000

/**
 * Sends a small request and reads the whole answer. Not by `fetch`, which refuses the `100 Continue` that a DataNode
 * sends unasked.
 * @throws Error for an answer that is not 2xx
 */
export function requestOk(
  method: 'GET' | 'PUT',
  url: string,
  body = '',
  contentType = 'application/octet-stream',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      accept: 'application/json, application/octet-stream',
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
    }
    const sent = request(url, { method, headers, timeout: timeoutMs }, answer => {
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString()
        const { statusCode = 0 } = answer
        if (statusCode >= 200 && statusCode < 300) resolve(text)
        else reject(new Error(`${method} ${url} answered ${statusCode}: ${text.slice(0, 200)}`))
      })
    })
    sent.on('timeout', () => sent.destroy(new Error(`${url} does not answer`)))
    sent.on('error', reject)
    sent.end(body)
  })
}
