import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { TcpProxy } from './tcp-proxy.ts'

async function proxied(): Promise<TcpProxy> {
  const server = createServer((_, response) => response.end('here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await TcpProxy.start(`127.0.0.1:${port}`)
  onTestFinished(() => {
    proxy.close()
    server.closeAllConnections()
    server.close()
  })
  return proxy
}

async function get({ address }: TcpProxy, waitMsMax = 2_000): Promise<string> {
  const response = await fetch(`http://${address}`, { signal: AbortSignal.timeout(waitMsMax) })
  return response.text()
}

test('a wire that is cut refuses, and works when it is mended', async () => {
  const proxy = await proxied()
  expect(await get(proxy)).toBe('here')
  proxy.behave('cut')
  await expect(get(proxy)).rejects.toThrow('fetch failed')
  proxy.behave('passes')
  expect(await get(proxy)).toBe('here')
})

test('a wire that is half open takes a request, and brings its answer when it works again', async () => {
  const proxy = await proxied()
  proxy.behave('half-open')
  await expect(get(proxy, 300)).rejects.toMatchObject({ name: 'TimeoutError' })
  const late = get(proxy)
  await new Promise(resolve => setTimeout(resolve, 100))
  proxy.behave('passes')
  expect(await late).toBe('here')
  proxy.behave('slow')
  const startedAt = performance.now()
  expect(await get(proxy)).toBe('here')
  expect(performance.now() - startedAt).toBeGreaterThan(250)
})
