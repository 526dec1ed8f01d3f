// The look of a statement: one self-contained sheet that reads well on a screen and prints on A4, with nothing fetched from anywhere.

export const statementStyle = `
:root { --ink: #16202e; --soft: #5b6878; --line: #dfe4ea; --wash: #f5f7f9; --accent: #0b6e62; --owe: #a3341f; }
* { box-sizing: border-box; margin: 0; }
body { background: #e9edf0; color: var(--ink); font: 14px/1.55 "Noto Sans SC Variable", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
main { max-width: 1240px; margin: 32px auto; background: #fff; padding: 48px 56px; border-radius: 6px; box-shadow: 0 1px 3px #0002; }
header { display: flex; justify-content: space-between; gap: 32px; padding-bottom: 20px; border-bottom: 3px solid var(--ink); }
h1 { font-size: 27px; line-height: 1.25; letter-spacing: .02em; } h1 small { display: block; font-size: 14px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
h2 { font-size: 16px; margin: 36px 0 10px; } h2 small, th small, dt small { font-weight: 400; color: var(--soft); font-size: .85em; }
dl.facts { display: grid; grid-template-columns: auto auto; gap: 2px 14px; font-size: 13px; text-align: right; } dl.facts dt { color: var(--soft); } dl.facts dd { font-weight: 600; }
.party { font-size: 19px; font-weight: 600; margin-top: 22px; } .party span { color: var(--soft); font-weight: 400; font-size: 14px; margin-left: 10px; }
.figures { display: grid; grid-template-columns: 1.5fr 1fr 1fr 1fr; gap: 14px; margin-top: 18px; }
.figures div { background: var(--wash); border-radius: 5px; padding: 14px 18px; } .figures dt { color: var(--soft); font-size: 12.5px; } .figures dd { font-size: 21px; font-weight: 650; font-variant-numeric: tabular-nums; }
.figures .net { background: var(--accent); color: #fff; } .figures .net.owe { background: var(--owe); } .figures .net dt { color: #ffffffd0; } .figures .net dd { font-size: 28px; line-height: 1.3; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; } th { text-align: left; font-weight: 600; vertical-align: bottom; border-bottom: 1.5px solid var(--ink); }
.wide { overflow-x: auto; } th, td { padding: 6px 7px; } td { border-bottom: 1px solid var(--line); vertical-align: top; } th.n, td.n { text-align: right; white-space: nowrap; } tfoot td { font-weight: 650; border-bottom: 0; border-top: 1.5px solid var(--ink); }
td small { color: var(--soft); } .bar { display: block; height: 5px; margin-top: 4px; border-radius: 3px; background: #cfd8d6; overflow: hidden; } .bar i { display: block; height: 100%; background: var(--accent); }
code, pre, .key { font-family: ui-monospace, "SF Mono", Consolas, monospace; font-size: 12px; } .key { display: inline-block; padding: 0 6px; margin: 1px 2px; background: var(--wash); border-radius: 3px; }
.hash { word-break: break-all; color: var(--soft); } pre { background: var(--wash); border-radius: 5px; padding: 12px 16px; overflow-x: auto; margin: 8px 0; white-space: pre-wrap; word-break: break-all; }
p.note { color: var(--soft); font-size: 12.5px; margin-top: 8px; } .none { color: var(--soft); } .figures dd small { font-size: 13px; white-space: nowrap; font-weight: 400; opacity: .75; } th small, td.n small { display: block; } td.party-cell { min-width: 11em; }
.owes { color: var(--owe); }
@media (max-width: 760px) { main { margin: 0; padding: 24px 18px; border-radius: 0; } header { display: block; } dl.facts { text-align: left; margin-top: 14px; justify-content: start; } .figures { grid-template-columns: 1fr 1fr; } }
@media print { @page { size: A4; margin: 14mm 12mm; } body { background: #fff; font-size: 11px; } main { margin: 0; padding: 0; box-shadow: none; max-width: none; } table { font-size: 8.6px; } th, td { padding: 3px 4px; } .wide { overflow: visible; } h2 { break-after: avoid; margin-top: 22px; } tr, .figures div, pre { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`
