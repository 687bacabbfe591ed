import { colourAtOnce } from './colour-at-once.ts'
import { monaco } from './monaco-runtime.ts'

interface HeldModel {
  readonly model: monaco.editor.ITextModel
  view: monaco.editor.ICodeEditorViewState | null
}

const modelsMax = 200

/** Keeps the text of editors with its undo steps while they are scrolled out of sight. */
export class EditorModels {
  private readonly held = new Map<string, HeldModel>()

  take(key: string, value: string, language: string): HeldModel {
    const held = this.held.get(key) ?? this.make(key, value, language)
    setText(held.model, value)
    return held
  }

  private make(key: string, value: string, language: string): HeldModel {
    const model = monaco.editor.createModel(value, language)
    model.setEOL(monaco.editor.EndOfLineSequence.LF)
    colourAtOnce(monaco, model)
    const held = { model, view: null }
    this.held.set(key, held)
    this.trim()
    return held
  }

  /** Forgets the models that were made first and are in no editor now. */
  private trim(): void {
    for (const [key, { model }] of this.held) {
      if (this.held.size <= modelsMax) return
      if (model.isAttachedToEditor()) continue
      model.dispose()
      this.held.delete(key)
    }
  }
}

/** Puts another text into a model as one step that can be undone. */
export function setText(model: monaco.editor.ITextModel, text: string): void {
  if (model.getValue() === text) return
  model.pushStackElement()
  model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null)
  model.pushStackElement()
}

export const editorModels = new EditorModels()
