package plot

// Style makes the picture follow a page. Colours that a page does not name (--plot-line,
// --plot-band, --plot-mark) have their own for light and for dark.
const Style = `.plot{margin:0;color:inherit}
.plot svg{display:block;width:100%;max-width:44rem;height:auto;font:11px system-ui,sans-serif}
.plot text{fill:currentColor}
.plot .plot-quiet{opacity:.72}
.plot .plot-grid{opacity:.16}
.plot .plot-line{color:var(--plot-line,#0a5fb4)}
.plot .plot-line-1{color:var(--plot-line-1,#8a4b00)}
.plot .plot-line-2{color:var(--plot-line-2,#1d6b3a)}
.plot .plot-band{color:var(--plot-band,#0a5fb4)}
.plot .plot-mark{color:var(--plot-mark,#a3232b)}
.plot figcaption{font-size:.875rem}
.plot details{margin-top:.25rem}
.plot summary{cursor:pointer;padding:.25rem 0}
.plot .plot-data{max-height:20rem;overflow:auto}
.plot table{border-collapse:collapse;font-size:.875rem}
.plot th,.plot td{padding:.15rem .6rem;text-align:right;font-variant-numeric:tabular-nums}
.plot tbody th{font-weight:400;white-space:nowrap}
@media (prefers-color-scheme:dark){.plot .plot-line{color:var(--plot-line,#74b4f5)}.plot .plot-line-1{color:var(--plot-line-1,#e8a75a)}
.plot .plot-line-2{color:var(--plot-line-2,#77c894)}.plot .plot-band{color:var(--plot-band,#74b4f5)}.plot .plot-mark{color:var(--plot-mark,#ff9a94)}}
`
