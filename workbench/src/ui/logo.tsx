/** Three waves of a mill stream. */
export function Logo({ size = 18 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 18 18" fill="none" aria-hidden="true">
      <g stroke="var(--accent)" strokeWidth="1.7" strokeLinecap="round">
        <path d="M1.500 4.500c2.500-2.200 5 2.200 7.500 0s5 2.200 7.500 0" />
        <path d="M1.500 9c2.500-2.200 5 2.200 7.500 0s5 2.200 7.500 0" />
        <path d="M1.500 13.500c2.500-2.200 5 2.200 7.500 0s5 2.200 7.500 0" />
      </g>
    </svg>
  )
}
