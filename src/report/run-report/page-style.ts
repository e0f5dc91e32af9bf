/** Of the report's page: light and dark, and readable on a phone. */
export const PAGE_STYLE = `
:root{--ink:#1c2024;--quiet:#60646c;--line:#d9d9e0;--paper:#fff;--tile:#f4f5f7;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#edeef0;--quiet:#b0b4ba;--line:#3a3f42;--paper:#18191b;--tile:#222427}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .6rem}p{margin:.4rem 0}
.quiet{color:var(--quiet)}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.6rem;margin:1.2rem 0}
.tiles div{background:var(--tile);border-radius:8px;padding:.6rem .8rem}
.tiles dt{color:var(--quiet);font-size:.8rem}.tiles dd{margin:0;font-weight:600;overflow-wrap:anywhere}
svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--quiet)}svg line{stroke:var(--line)}
svg.bar{width:7rem;height:10px}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem;color:var(--quiet)}
.legend span::before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.4em;background:var(--c)}
.posted{--c:#2f9e5f}.infrastructure{--c:#4a86d8}.unknown{--c:#9a9fa8}.account{--c:#d6493f}
.content{--c:#e08a1e}.setup{--c:#b5479b}.unconfirmed{--c:#8a63d2}rect{fill:var(--c)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem}
th{text-align:left;color:var(--quiet);font-weight:500}th,td{padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:break-word}td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
@media (max-width:600px){svg text{font-size:22px}}
`;
