import type * as Monaco from 'monaco-editor/editor/editor.api.js'

/** Monaco colours text when the page is idle, which one with live charts seldom is; asked for a line's HTML it does so now. */
export function colourAtOnce(monaco: typeof Monaco, model: Monaco.editor.ITextModel): void {
  monaco.editor.colorizeModelLine(model, model.getLineCount())
}
