/** The look of the page, on a screen and on paper. */
export const styles = `
:root { color-scheme: light; --ink: #0f172a; --soft: #64748b; --rule: #e2e8f0; --good: #15803d; --bad: #b91c1c; }
body { margin: 0; background: #f8fafc; color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { margin: 0; font-size: 28px; } h2 { font-size: 18px; margin: 36px 0 12px; }
header p { margin: 6px 0; color: var(--soft); }
.outcome { display: inline-block; padding: 4px 14px; border-radius: 999px; font-weight: 600; color: #fff; }
header .outcome { color: #fff; } .outcome.good { background: var(--good); } .outcome.bad { background: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin-top: 20px; }
.cards div, figure, .wide { background: #fff; border: 1px solid var(--rule); border-radius: 10px; }
.cards div { padding: 14px 16px; } .cards b { display: block; font-size: 22px; } .cards span { color: var(--soft); font-size: 13px; }
figure { margin: 0 0 14px; padding: 14px 16px; } figcaption { font-weight: 600; margin-bottom: 6px; } figcaption small { font-weight: 400; }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--rule); stroke-width: 1; }
.legend { margin: 6px 0 0; color: var(--soft); font-size: 13px; } .legend span { margin-right: 16px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
.wide { overflow-x: auto; } table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 7px 14px; border-bottom: 1px solid var(--rule); vertical-align: top; }
tr:last-child td { border-bottom: 0; } th { color: var(--soft); font-weight: 600; } small { color: var(--soft); }
.badge { font-weight: 600; } .badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.none { color: var(--soft); }
details ul { margin: 6px 0; padding-left: 18px; font-size: 13px; overflow-wrap: anywhere; }
@media print { body { background: #fff; } figure, .wide { break-inside: avoid; } }
`;
