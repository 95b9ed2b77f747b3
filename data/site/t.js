/* Leadlight's website script. Tells the team's own server what a visitor does on the team's own site.
 *
 *   <script async src="https://leadlight.example.com/t.js" data-site="SITE KEY"></script>
 *
 * Privacy: no cookie. A random id is kept in this site's localStorage, so that two visits are known for one person's; it says
 * nothing about him. Nothing typed into a form is read. With Do Not Track or Global Privacy Control on, nothing is sent and a kept
 * id is forgotten. Addresses are sent without their query and fragment.
 *
 * What is told:
 *  - by attribute, on any element: data-leadlight="pricing_tool" (or another kind below) is told when it is clicked, on a form when
 *    it is submitted, and on <body> when the page is opened. data-leadlight-ref="..." adds the listing's number or the like.
 *  - by the page's address, when <body> names no kind: see `places`. A page that fits nothing is not told of.
 *  - looking at a listing (property_view) is told once, when the page is left or hidden, with the seconds it was in view.
 *
 * Kinds: pricing_tool, agent_inquiry, neighborhood_research, market_report, property_search, property_view, favorite, share.
 * What is told goes to /t beside this script, a few at a time, with navigator.sendBeacon. */
(function () {
  'use strict';
  var script = document.currentScript;
  var site = script && script.getAttribute('data-site');
  if (!site || !window.JSON || !document.addEventListener) return;

  var KEY = 'leadlight.visitor';
  var KINDS = ['pricing_tool', 'agent_inquiry', 'neighborhood_research', 'market_report', 'property_search', 'property_view', 'favorite', 'share'];
  // The first that fits the path counts; a listing's page has a number in it, a search has none.
  var places = [
    ['pricing_tool', /(home|house|property)-?(value|worth|valuation)|whats?-?(my|is)-?.*worth|valuation|(mortgage|affordability|payment)-?calculator/],
    ['market_report', /market-?(report|update|trends|stats|statistics|snapshot)/],
    ['neighborhood_research', /neighbou?rhood|communit(y|ies)\b|area-?guide|school-?district/],
    ['property_view', /(listing|propert(y|ies)|homes?-?for-?sale|homedetails|idx|mls)[\/-].*\d/],
    ['property_search', /(home|property|map|idx)-?search|listings?\b|homes?-for-sale|properties\b/]
  ];
  var MOST = 20;        // events in one message
  var WAIT_MS = 2000;   // for more of them
  var SECONDS_MAX = 3600;

  function refused() {
    return navigator.globalPrivacyControl === true || navigator.doNotTrack === '1' || window.doNotTrack === '1' || navigator.doNotTrack === 'yes';
  }
  function forget() {
    try { localStorage.removeItem(KEY); } catch (e) { /* no storage, nothing kept */ }
  }
  if (refused()) { forget(); return; }

  function random() {
    var bytes = new Uint8Array(16), text = '';
    crypto.getRandomValues(bytes);
    for (var i = 0; i < bytes.length; i++) text += (bytes[i] + 256).toString(16).slice(1);
    return text;
  }
  function visitor() {
    var id = null;
    try {
      id = localStorage.getItem(KEY);
      if (!/^[0-9a-f]{32}$/.test(id || '')) {
        id = random();
        localStorage.setItem(KEY, id);
      }
    } catch (e) {
      id = id && /^[0-9a-f]{32}$/.test(id) ? id : random(); // storage is off: known for this page only
    }
    return id;
  }

  var who = visitor();
  var target = new URL('t', script.src).href;
  var waiting = [];
  var timer = 0;

  function send() {
    clearTimeout(timer);
    timer = 0;
    while (waiting.length) {
      var body = JSON.stringify({ site: site, events: waiting.splice(0, MOST) });
      // Text needs no question beforehand from the browser to the other host.
      if (!(navigator.sendBeacon && navigator.sendBeacon(target, body)) && window.fetch) {
        fetch(target, { method: 'POST', body: body, keepalive: true, mode: 'no-cors', credentials: 'omit' }).catch(function () { /* lost */ });
      }
    }
  }
  function tell(kind, ref, seconds) {
    if (KINDS.indexOf(kind) < 0 || refused()) return;
    var ev = { id: random(), visitor: who, kind: kind, url: (location.origin + location.pathname).slice(0, 2000) };
    if (ref) ev.ref = String(ref).slice(0, 100);
    if (seconds > 0) ev.seconds = Math.min(seconds, SECONDS_MAX);
    waiting.push(ev);
    if (waiting.length >= MOST) send();
    else if (!timer) timer = setTimeout(send, WAIT_MS);
  }

  function placed(path) {
    for (var i = 0; i < places.length; i++) if (places[i][1].test(path)) return places[i][0];
    return null;
  }

  var page = null; // what is looked at now: {kind, ref, ms, since}

  function look() {
    var body = document.body;
    var kind = body.getAttribute('data-leadlight') || placed(location.pathname.toLowerCase());
    var ref = body.getAttribute('data-leadlight-ref');
    page = { path: location.pathname, kind: kind, ref: ref, ms: 0, since: document.visibilityState === 'hidden' ? 0 : Date.now() };
    if (kind && kind !== 'property_view') tell(kind, ref, 0);
  }
  function pause() {
    if (page && page.since) page.ms += Date.now() - page.since;
    if (page) page.since = 0;
  }
  function leave() {
    pause();
    if (page && page.kind === 'property_view' && page.ms >= 1000 && !page.told) {
      page.told = true; // who comes back to the tab still looks at it for the first time
      tell(page.kind, page.ref, Math.round(page.ms / 1000));
    }
    send();
  }
  // Sites that change pages without loading: a listing left that way is told, too.
  function moved() {
    if (!page || page.path === location.pathname) return;
    leave();
    look();
  }

  function marked(node) {
    while (node && node !== document.body && node.nodeType === 1) {
      if (node.hasAttribute('data-leadlight')) return node;
      node = node.parentNode;
    }
    return null;
  }
  document.addEventListener('click', function (event) {
    var node = marked(event.target);
    if (node && node.nodeName !== 'FORM') tell(node.getAttribute('data-leadlight'), node.getAttribute('data-leadlight-ref'), 0);
    setTimeout(moved, 100);
  }, true);
  document.addEventListener('submit', function (event) {
    var form = event.target;
    if (form.hasAttribute('data-leadlight')) tell(form.getAttribute('data-leadlight'), form.getAttribute('data-leadlight-ref'), 0);
  }, true);
  document.addEventListener('visibilitychange', function () {
    if (document.visibilityState === 'hidden') leave();
    else if (page && !page.since) page.since = Date.now();
  });
  window.addEventListener('pagehide', leave);
  window.addEventListener('popstate', function () { setTimeout(moved, 0); });

  if (document.body) look();
  else document.addEventListener('DOMContentLoaded', look);
})();
