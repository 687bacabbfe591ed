import type { editor } from 'monaco-editor/editor/editor.api.js'

/** Reads a token of the page's stylesheet as Monaco takes colours: hexadecimal. */
type ReadToken = (name: string) => string

/** The editor's theme, from the page's tokens. */
export function editorTheme(base: 'vs' | 'vs-dark', token: ReadToken): editor.IStandaloneThemeData {
  const rule = (name: string, color: string): editor.ITokenThemeRule => ({
    token: name,
    foreground: token(color).slice(1),
  })
  return {
    base,
    inherit: false,
    rules: [
      rule('', 'ink'),
      rule('keyword', 'code-keyword'),
      rule('function', 'code-function'),
      rule('string', 'code-string'),
      rule('number', 'code-number'),
      rule('comment', 'code-comment'),
      rule('parameter', 'code-number'),
      rule('operator', 'ink-2'),
      rule('mark', 'ink-2'),
      rule('string.key.json', 'code-function'),
      rule('string.value.json', 'code-string'),
      rule('number.json', 'code-number'),
      rule('keyword.json', 'code-keyword'),
    ],
    colors: editorColors(token),
  }
}

function editorColors(token: ReadToken): editor.IColors {
  const accent = token('accent')
  return {
    'editor.background': token('surface'),
    'editor.foreground': token('ink'),
    'editorCursor.foreground': accent,
    'editor.selectionBackground': `${accent}38`,
    'editor.inactiveSelectionBackground': `${accent}20`,
    'editor.wordHighlightBackground': `${accent}1c`,
    'editor.selectionHighlightBackground': `${accent}1c`,
    'editorBracketMatch.background': `${accent}24`,
    'editorBracketMatch.border': '#00000000',
    // Whether pairs have colours of their own is a setting of all models, which the standalone editor does not take.
    'editorBracketHighlight.foreground1': token('ink-2'),
    'editorBracketHighlight.foreground2': token('ink-2'),
    'editorBracketHighlight.foreground3': token('ink-2'),
    'editorError.foreground': token('failed'),
    'editorWarning.foreground': token('stale'),
    'editorWidget.background': token('surface'),
    'editorWidget.foreground': token('ink'),
    'editorWidget.border': token('line'),
    'editorSuggestWidget.background': token('surface'),
    'editorSuggestWidget.border': token('line'),
    'editorSuggestWidget.foreground': token('ink'),
    'editorSuggestWidget.selectedBackground': token('hover'),
    'editorSuggestWidget.selectedForeground': token('ink'),
    'editorSuggestWidget.highlightForeground': accent,
    'editorSuggestWidget.focusHighlightForeground': accent,
    'editorHoverWidget.background': token('surface'),
    'editorHoverWidget.border': token('line'),
    'list.hoverBackground': token('hover'),
    'list.activeSelectionBackground': token('hover'),
    'list.activeSelectionForeground': token('ink'),
    'input.background': token('sunken'),
    'input.foreground': token('ink'),
    'input.border': token('line'),
    'inputOption.activeBorder': accent,
    focusBorder: accent,
    'scrollbarSlider.background': `${token('ink-3')}40`,
    'scrollbarSlider.hoverBackground': `${token('ink-3')}60`,
    'widget.shadow': '#00000022',
    'menu.background': token('surface'),
    'menu.foreground': token('ink'),
    'menu.selectionBackground': token('hover'),
    'menu.selectionForeground': token('ink'),
    'menu.separatorBackground': token('line'),
  }
}

/** Reads the page's tokens as they are now. */
export function pageTokens(): ReadToken {
  const style = getComputedStyle(document.documentElement)
  // A minifier writes #fff, and Monaco takes six digits only.
  return name =>
    style
      .getPropertyValue(`--${name}`)
      .trim()
      .replace(/^#(\w)(\w)(\w)$/, '#$1$1$2$2$3$3')
}
