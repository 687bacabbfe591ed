import { Compile } from 'typebox/compile'
import { messageOf } from '../base/failure.ts'
import { Dashboard } from '../contract/documents.ts'
import {
  hasConflictMarkers,
  isLiveCell,
  notebookTitle,
  parseNotebook,
} from '../contract/notebook-format.ts'

/** What the text of a document says of it. */
export interface DocumentFacts {
  readonly title: string | null
  readonly isLive: boolean
  /** What is wrong with it, in plain words. */
  readonly problem: string | undefined
}

/** A kind of document: how its files are named, and how they are read. */
export interface DocumentKind {
  /** As in addresses: `notebooks` or `dashboards`. */
  readonly plural: 'notebooks' | 'dashboards'
  readonly noun: string
  readonly ending: string
  readonly contentType: string
  read(text: string): DocumentFacts
  /** Whether a text with a problem may be saved: a notebook is its author's text, whatever it is. */
  readonly acceptsProblems: boolean
}

export const notebookKind: DocumentKind = {
  plural: 'notebooks',
  noun: 'notebook',
  ending: '.md',
  contentType: 'text/markdown; charset=utf-8',
  acceptsProblems: true,
  read(text) {
    const notebook = parseNotebook(text)
    const problem = hasConflictMarkers(text) ? 'The file holds conflict markers.' : undefined
    return { title: notebookTitle(notebook), isLive: notebook.cells.some(isLiveCell), problem }
  },
}

const dashboard = Compile(Dashboard)

export const dashboardKind: DocumentKind = {
  plural: 'dashboards',
  noun: 'dashboard',
  ending: '.dashboard.json',
  contentType: 'application/json; charset=utf-8',
  acceptsProblems: false,
  read(text) {
    const { value, problem } = parseDashboard(text)
    return {
      title: value?.title ?? null,
      isLive: value?.tiles.some(tile => tile.kind === 'cell') ?? false,
      problem,
    }
  },
}

function parseDashboard(text: string): { value?: Dashboard; problem?: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { problem: `The file is not JSON: ${messageOf(error)}.` }
  }
  if (dashboard.Check(value)) return { value }
  const [first] = dashboard.Errors(value)
  const place = first?.instancePath || 'the file'
  return { problem: `The file is no dashboard: ${place} ${first?.message ?? 'is not valid'}.` }
}
