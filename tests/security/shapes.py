"""What is asked of a page in a browser: scripts that give what is wrong with it."""

# What no page of ours has, and the shape of what it has.
PLANTED = """() => {
  const bad = [], shape = {};
  for (const node of document.querySelectorAll('*')) {
    const names = node.getAttributeNames();
    for (const name of names) {
      const value = node.getAttribute(name).replace(/[\\s\\0]/g, '').toLowerCase();
      if (/^on/.test(name)) bad.push(node.tagName + ' ' + name);
      const leads = ['href', 'src', 'action'].includes(name);
      if (leads && /^(javascript|vbscript|data:text)/.test(value))
        bad.push(node.tagName + ' ' + value);
    }
    shape[node.tagName] = (shape[node.tagName] || 0) + 1;
  }
  return [bad, shape];
}"""

# Names that do not stand alone in what keeps the direction of their letters to itself: a tag, or
# the two characters for it. Some tags take nothing but text; a mail is shown as the text it is.
NOT_ISOLATED = """name => {
  const bad = [], texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (!texts.currentNode.data.replaceAll(`\u2068${name}\u2069`, '').includes(name)) continue;
    if (parent.closest('title, option, textarea, script, style, pre, .preline')) continue;
    const own = parent.closest('bdi, [dir=auto]');
    if (own?.textContent.trim() !== name) bad.push(parent.outerHTML.slice(0, 200));
  }
  return bad;
}"""

# At 320 by 256 pixels, which is 400 % of 1280 by 1024 (WCAG 2.2, 1.4.10): the page scrolls one way
# only, no box hides a part of its text, and what stays while one scrolls leaves half of the height.
# A map, and a table or a row of tabs that scrolls within itself, may be wider.
CUT = """() => {
  const bad = [], root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter(node =>
      node.getBoundingClientRect().right > innerWidth + 1);
    bad.push('wider than the page: ' + wide.slice(-1)[0]?.outerHTML.slice(0, 200));
  }
  let staying = 0;
  for (const node of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(node);
    if (!node.checkVisibility() || node.closest('#map, .visually-hidden, svg')) continue;
    if (style.clipPath === 'inset(50%)') continue;  // for the ear alone
    if (/fixed|sticky/.test(style.position) && !node.closest('.board, .table-scroll'))
      staying += node.offsetHeight;
    const hides = /hidden|clip/.test(style.overflowX + style.overflowY);
    const isOver = node.scrollWidth > node.clientWidth + 1
      || node.scrollHeight > node.clientHeight + 1;
    if (hides && isOver && node.clientWidth > 1 && node.textContent.trim())
      bad.push('cut: ' + node.outerHTML.slice(0, 200));
  }
  if (staying > innerHeight / 2) bad.push('stays while one scrolls: ' + staying + ' pixels');
  return bad;
}"""

# Targets less than 44 by 44 pixels (WCAG 2.2, 2.5.5), and how many there are. A box or a dot counts
# with its label. By the exceptions named there: a link within a sentence, which is one in a block
# with words of its own; a mark of the map, since the list below it leads to the same; the page of
# pure text, which has no style.
SMALL = """() => {
  if (!document.styleSheets.length) return [[], 0];
  const LEAST = 43.5, bad = [];
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  const targets = [...document.querySelectorAll(kinds)].filter(node =>
    node.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && !node.closest('#map, .visually-hidden, .skip, .skip-here, [aria-hidden=true]'));
  const inSentence = node => {
    if (node.tagName !== 'A' || getComputedStyle(node).display !== 'inline') return false;
    let block = node.parentElement;
    while (getComputedStyle(block).display === 'inline') block = block.parentElement;
    const copy = block.cloneNode(true);
    copy.querySelectorAll('a, button, ul, ol, table').forEach(each => each.remove());
    return /[\\p{L}\\p{N}]/u.test(copy.textContent);
  };
  for (const node of targets) {
    const boxes = [node, ...(node.labels || [])].map(each => each.getBoundingClientRect());
    const span = (from, to) =>
      Math.max(...boxes.map(box => box[to])) - Math.min(...boxes.map(box => box[from]));
    const width = span('left', 'right'), height = span('top', 'bottom');
    if ((width < LEAST || height < LEAST) && !inSentence(node))
      bad.push(Math.round(width) + 'x' + Math.round(height) + ' ' + node.outerHTML.slice(0, 120)
        + ' in ' + node.parentElement.outerHTML.slice(0, 80));
  }
  return [bad, targets.length];
}"""
