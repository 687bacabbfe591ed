import { useEffect } from 'react'

/** What the browser calls the page: the place comes first, because a tab shows only the beginning. */
export function pageTitle(place: string | null): string {
  return place ? `${place} · Millrace` : 'Millrace'
}

/** Names the page for as long as it is shown. */
export function usePageTitle(place: string | null): void {
  const title = pageTitle(place)
  useEffect(() => {
    document.title = title
  }, [title])
}
