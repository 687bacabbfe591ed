/** Sizes that the editor and what stands in for it share, so that nothing moves when one takes the other's place. */
export const lineHeightPx = 20
export const fontSizePx = 13
export const paddingTopPx = 10
export const paddingBottomPx = 12
export const paddingLeftPx = 14

export function editorHeight(text: string): number {
  const lines = text.split('\n').length
  return lines * lineHeightPx + paddingTopPx + paddingBottomPx
}
