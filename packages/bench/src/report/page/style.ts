// How the page looks, in light and in dark; nothing is loaded from anywhere.

const LIGHT = `--paper:#fdfdfc;--ink:#1d2126;--quiet:#59616b;--rule:#dde0e4;--ours:#0b6e99;--rival:#a9b2bc;
--c0:#0b6e99;--c1:#b4531a;--c2:#3d7a28;--c3:#8a4fae;--c4:#a8324f;--c5:#776300;--c6:#2f5fc4;--c7:#5d6670;`;
const DARK = `--paper:#14181d;--ink:#e7eaee;--quiet:#a2abb6;--rule:#333b45;--ours:#4db8e4;--rival:#66717d;
--c0:#4db8e4;--c1:#f0995c;--c2:#86cc6b;--c3:#c99be8;--c4:#f08aa2;--c5:#d9c250;--c6:#8fb2ff;--c7:#aab4bf;`;

const COLOUR_RULES = Array.from(
  { length: 8 },
  (_, i) => `.line.c${i}{stroke:var(--c${i})}.mark.c${i},.part.c${i}{fill:var(--c${i})}`,
).join("");

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme: dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:54rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:3rem 0 .25rem}
h3{font-size:.95rem;margin:1.5rem 0 .25rem}
p{margin:.4rem 0;max-width:46rem}
.quiet,figcaption{color:var(--quiet)}
figure{margin:0}
figcaption{margin-bottom:1rem;max-width:46rem}
figure>svg{width:100%;height:auto;display:block;overflow:visible}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}
svg .amount{fill:var(--quiet);font-variant-numeric:tabular-nums}
svg .middle{text-anchor:middle}svg .end{text-anchor:end}
.ours{fill:var(--ours)}.rival{fill:var(--rival)}
.spread{stroke:var(--ink);stroke-width:1.5}
.grid{stroke:var(--rule)}
.line{fill:none;stroke-width:2.25}.dashed{stroke-dasharray:6 4}
${COLOUR_RULES}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;padding:0;margin:.75rem 0 0;font-size:.9rem}
.legend svg{width:24px;height:10px;margin-right:.35rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.25rem;margin:.75rem 0}
dt{color:var(--quiet)}dd{margin:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;color:var(--quiet);padding-bottom:.5rem}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
td.number{text-align:right;white-space:nowrap}
th.number{text-align:right}
`;
