import { LaunchedMillrace } from './launched-millrace.ts'

export interface StartedMillrace {
  readonly url: string
  readonly pid: number
  end(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** The built program in a process of its own, on a port of its own, once it answers. */
export async function startMillrace(
  settings: Readonly<Record<string, string>>,
): Promise<StartedMillrace> {
  const millrace = new LaunchedMillrace(settings, 'beside')
  const url = await millrace.serving()
  return {
    url,
    pid: millrace.pid,
    end: (how = 'SIGTERM') => millrace.end(how),
  }
}
