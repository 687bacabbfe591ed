import 'monaco-editor/features/bracketMatching/register.js'
import 'monaco-editor/features/caretOperations/register.js'
import 'monaco-editor/features/clipboard/register.js'
import 'monaco-editor/features/codeEditor/register.js'
import 'monaco-editor/features/codicon/register.js'
import 'monaco-editor/features/comment/register.js'
import 'monaco-editor/features/contextmenu/register.js'
import 'monaco-editor/features/cursorUndo/register.js'
import 'monaco-editor/features/dnd/register.js'
import 'monaco-editor/features/find/register.js'
import 'monaco-editor/features/format/register.js'
import 'monaco-editor/features/hover/register.js'
import 'monaco-editor/features/indentation/register.js'
import 'monaco-editor/features/lineSelection/register.js'
import 'monaco-editor/features/linesOperations/register.js'
import 'monaco-editor/features/multicursor/register.js'
import 'monaco-editor/features/parameterHints/register.js'
import 'monaco-editor/features/smartSelect/register.js'
import 'monaco-editor/features/snippet/register.js'
import 'monaco-editor/features/toggleTabFocusMode/register.js'
import 'monaco-editor/features/wordHighlighter/register.js'
import 'monaco-editor/features/wordOperations/register.js'
// Its feature `suggest` has the inline suggestions alone.
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js'
import * as monaco from 'monaco-editor/editor/editor.api.js'
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker'
import type { Theme } from '../ui/theme.ts'
import {
  fontSizePx,
  lineHeightPx,
  paddingBottomPx,
  paddingLeftPx,
  paddingTopPx,
} from './editor-metrics.ts'
import { registerSql } from './monaco-sql.ts'
import { editorTheme, pageTokens } from './monaco-theme.ts'

type WorkerFactory = () => Worker

const workers: Record<string, WorkerFactory> = { editor: () => new EditorWorker() }

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => (workers[label] ?? workers.editor ?? missingWorker)(),
}

/** Lets a language bring its own worker. */
export function provideWorker(label: string, factory: WorkerFactory): void {
  workers[label] = factory
}

export const editorOptions: monaco.editor.IStandaloneEditorConstructionOptions = {
  fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
  fontSize: fontSizePx,
  lineHeight: lineHeightPx,
  fontLigatures: false,
  lineNumbers: 'off',
  lineNumbersMinChars: 0,
  lineDecorationsWidth: paddingLeftPx,
  glyphMargin: false,
  folding: false,
  minimap: { enabled: false },
  padding: { top: paddingTopPx, bottom: paddingBottomPx },
  scrollBeyondLastLine: false,
  scrollBeyondLastColumn: 2,
  overviewRulerLanes: 0,
  overviewRulerBorder: false,
  hideCursorInOverviewRuler: true,
  renderLineHighlight: 'none',
  scrollbar: {
    vertical: 'hidden',
    horizontalScrollbarSize: 8,
    alwaysConsumeMouseWheel: false,
    ignoreHorizontalScrollbarInContentHeight: true,
  },
  wordWrap: 'off',
  tabSize: 2,
  fixedOverflowWidgets: true,
  automaticLayout: false,
  links: false,
  matchBrackets: 'near',
  guides: { indentation: false },
  occurrencesHighlight: 'off',
  wordBasedSuggestions: 'off',
  suggest: { showStatusBar: false, preview: false, snippetsPreventQuickSuggestions: false },
  quickSuggestions: { other: true, comments: false, strings: false },
  quickSuggestionsDelay: 40,
  acceptSuggestionOnCommitCharacter: false,
  stickyScroll: { enabled: false },
  unicodeHighlight: { ambiguousCharacters: false },
}

export const sqlSupport = registerSql(monaco)

/** Gives the editors the colours that the page has now. */
export function applyTheme(theme: Theme): void {
  const name = `millrace-${theme}`
  const base = theme === 'dark' ? 'vs-dark' : 'vs'
  monaco.editor.defineTheme(name, editorTheme(base, pageTokens()))
  monaco.editor.setTheme(name)
}

// Widths are measured before the font is there, and are wrong then.
void document.fonts.ready.then(() => monaco.editor.remeasureFonts())

function missingWorker(): Worker {
  throw new Error('The editor has no worker')
}

export { monaco }
