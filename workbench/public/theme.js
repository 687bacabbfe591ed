// Sets the theme before the first paint; the rest of the page is not loaded yet.
const wished = localStorage.getItem('millrace/theme')
const isDark =
  wished === 'dark' || (wished !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
