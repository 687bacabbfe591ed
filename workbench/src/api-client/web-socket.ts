import type { OpenSocket } from './live-connection.ts'

/** Opens the browser's WebSocket to the page's own server. */
export function webSocketTo(path: string): OpenSocket {
  return listener => {
    const url = new URL(path, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => listener.opened()
    socket.onmessage = event => listener.received(event.data)
    socket.onclose = () => listener.closed()
    return socket
  }
}
