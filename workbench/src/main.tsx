import { createRoot } from 'react-dom/client'
import { App } from './shell/app.tsx'
import { buildPage } from './shell/build-page.ts'
import './ui/base.css'

const host = document.getElementById('page')
if (host) createRoot(host).render(<App page={buildPage()} />)
