import type { SimulatedProcess } from './simulated-process.ts'

type Method = (...args: unknown[]) => unknown

/**
 * A store that is somewhere else, as a process sees it through a network: each call of a method is an outside operation,
 * and so is each part of an answer that comes in parts.
 */
export function withFaults<T extends object>(store: T, process: SimulatedProcess, name: string): T {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      const operation = { name: `${name} ${String(property)}` }
      const call = (...args: unknown[]): unknown => (member as Method).apply(target, args)
      return (...args: unknown[]): unknown => {
        if (!isGenerator(member)) return process.touch(operation, () => call(...args))
        return partsOf(call(...args) as AsyncIterable<unknown>, part =>
          process.touch(operation, () => part),
        )
      }
    },
  })
}

async function* partsOf(
  parts: AsyncIterable<unknown>,
  touch: (part: unknown) => Promise<unknown>,
): AsyncGenerator<unknown> {
  for await (const part of parts) yield touch(part)
  await touch(undefined)
}

function isGenerator(member: object): boolean {
  return Object.prototype.toString.call(member) === '[object AsyncGeneratorFunction]'
}
