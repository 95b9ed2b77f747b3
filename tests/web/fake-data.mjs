// Made-up answers in the shapes of the API, for looking at the dashboard's states. Nothing here is from anybody.
export const NY = 'America/New_York';
export const LA = 'America/Los_Angeles';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const uuid = (n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const AGENT = uuid(1);
export const at = (ms) => new Date(Date.now() - ms).toISOString();
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: NY }).format(new Date());

const FIRST = ['Ana', 'Marcus', 'Dana', 'Tom', 'Priya', 'Luis', 'Grace', 'Omar', 'Ellen', 'Jon'];
const LAST = ['Ruiz', 'Bell', 'Whitfield', 'Nakamura', 'Shah', 'Ortega', 'Lindqvist', 'Haddad', 'Brandt', 'O’Neil'];
export const leadName = (n) => `${FIRST[n % 10]} ${LAST[Math.floor(n / 10 + n) % 10]}${n >= 100 ? ` ${n}` : ''}`;
const intentOf = (l) => (l >= 80 ? 'urgent' : l >= 50 ? 'hot' : l >= 25 ? 'warm' : 'cold');

export const words = {
  en: {
    headline: '3 people to call, Ana Ruiz first',
    titles: ['Call Ana Ruiz before 11', 'Text Marcus Nakamura about the showing', 'Call Dana Ortega back', 'E-mail Tom Haddad the market figures', 'Look at Priya O’Neil’s questions'],
    whys: ['Used the pricing tool twice yesterday and asked for a call.', 'Wrote at 22:40 and has had no answer for 9 hours.', 'Called yesterday and left no message.', 'Read the market report for six minutes.', 'Asked three things that no template answers.'],
    say: 'Hi Ana, this is Rosa. You asked about your home’s value: I have three recent sales on your street. Is ten o’clock good for a short call?',
    text: 'We need to move ASAP, the lease ends on the 30th. Café on Elm St was also talking to another agent.',
    insight: 'Wrote that they need to move as soon as possible',
    label: { urgency: 'urgency', competitor: 'competitor' },
    reading: { urgency: 'needs to move soon', competitor: 'another agent is in talks' },
  },
  es: {
    headline: '3 personas a quienes llamar, primero Ana Ruiz',
    titles: ['Llame a Ana Ruiz antes de las 11', 'Escriba a Marcus Nakamura sobre la visita', 'Devuelva la llamada a Dana Ortega', 'Envíe a Tom Haddad las cifras del mercado', 'Mire las preguntas de Priya O’Neil'],
    whys: ['Usó ayer dos veces la calculadora de precio y pidió una llamada.', 'Escribió a las 22:40 y lleva 9 horas sin respuesta.', 'Llamó ayer y no dejó mensaje.', 'Leyó seis minutos el informe de mercado.', 'Preguntó tres cosas que ninguna plantilla responde.'],
    say: 'Hola Ana, soy Rosa. Preguntó por el valor de su casa: tengo tres ventas recientes en su calle. ¿Le viene bien una llamada corta a las diez?',
    text: 'Tenemos que mudarnos ya, el contrato termina el 30. También hablamos con otra agente en el café.',
    insight: 'Escribió que tienen que mudarse cuanto antes',
    label: { urgency: 'urgencia', competitor: 'competidor' },
    reading: { urgency: 'tiene que mudarse pronto', competitor: 'habla con otra agente' },
  },
};

export function me(o) {
  return {
    id: AGENT, tenant: { id: uuid(900), name: 'Harbor & Elm Realty', zone: NY }, role: o.role, name: 'Rosa Delgado', email: 'rosa@example.test',
    zone: NY, language: o.language, demo: o.demo,
    agents: o.role === 'agent' ? [{ id: AGENT, name: 'Rosa Delgado' }] : [{ id: AGENT, name: 'Rosa Delgado' }, { id: uuid(2), name: 'Peter Quinn' }],
  };
}

/** Byte offsets of `part` in `text`, as the server counts. */
function span(text, part, label, extra = {}) {
  const index = text.indexOf(part);
  const from = Buffer.byteLength(text.slice(0, index));
  return { from, to: from + Buffer.byteLength(part), label, ...extra };
}

function spans(o) {
  const w = words[o.language];
  const parts = o.language === 'es' ? ['mudarnos ya', 'otra agente'] : ['move ASAP', 'another agent'];
  return [
    span(w.text, parts[0], w.label.urgency, { value: 0.92, say: w.reading.urgency }),
    span(w.text, parts[1], w.label.competitor, { value: 0.71, say: w.reading.competitor }),
  ];
}

export function briefing(o) {
  const w = words[o.language];
  const acts = ['call', 'text', 'call', 'email', 'review'];
  const likely = [86.5, 61, 54.2, 41, 28];
  const lead = (n, l) => ({
    lead_id: uuid(100 + n), lead_name: leadName(n), likelihood: l, intent: intentOf(l), confidence: 0.5, last_event_at: at(n * HOUR), why: w.whys[n % 5],
  });
  const empty = o.mode === 'empty';
  return {
    id: uuid(500), agent_id: AGENT, agent_name: 'Rosa Delgado', for_date: today(), zone: NY, generated_at: at(2 * HOUR), delivered_at: at(2 * HOUR),
    headline: empty ? (o.language === 'es' ? 'Hoy no hay a quien llamar' : 'Nobody to call today') : w.headline,
    counts: { leads: 100, hot: 4, at_risk: 6, new: 3, waiting: 2 },
    priority_actions: empty ? [] : likely.map((l, n) => ({
      rank: n + 1, lead_id: uuid(100 + n), lead_name: leadName(n), action: acts[n], title: w.titles[n], why: w.whys[n],
      evidence: [{ event_id: uuid(700 + n), at: at((n + 1) * 5 * HOUR), kind: 'pricing_tool', text: w.whys[n] }],
      best_window: { from: '14:00', to: '16:00', zone: n === 1 ? LA : NY, confidence: 0.4 }, say: w.say, confidence: 0.82, intent: intentOf(l), likelihood: l,
    })),
    top_leads: [], hot_leads: [],
    at_risk: empty ? [] : [0, 5, 6, 7].map((n) => ({ ...lead(n, 33 + n), silent_days: 8 + n })),
    windows: empty ? [] : [
      { lead_id: uuid(100), lead_name: leadName(0), from: '10:00', to: '12:00', zone: NY, channel: 'call', confidence: 0.5 },
      { lead_id: uuid(101), lead_name: leadName(1), from: '09:00', to: '11:00', zone: LA, channel: 'sms', confidence: 0.4 },
      { lead_id: uuid(102), lead_name: leadName(2), from: '17:00', to: '19:00', zone: NY, channel: 'email', confidence: 0.3 },
    ],
    performance: {
      days: 7, note: null,
      rows: empty ? [] : [
        { name: 'messages_sent', label: o.language === 'es' ? 'Mensajes enviados' : 'Messages sent', this: 12, last: 9 },
        { name: 'messages_answered', label: o.language === 'es' ? 'Respuestas recibidas' : 'Answers received', this: 5, last: 6 },
        { name: 'leads_new', label: o.language === 'es' ? 'Clientes nuevos' : 'New leads', this: 1203, last: 1150 },
      ],
    },
    strategy: empty ? [] : [{ title: w.titles[3], why: w.whys[3] }],
    missing: [{ part: 'forecasts', reason: 'Needs the forecast model, not in this version' }],
    text_short: w.headline,
  };
}

export function alert(o, n, more = {}) {
  const w = words[o.language];
  return {
    id: uuid(300 + n), type: n % 3 === 1 ? 'competitive' : n % 3 === 2 ? 'hot_lead' : 'urgency', priority: 9 - (n % 5), confidence: 0.86, agent_id: AGENT,
    lead_id: uuid(100 + n), lead_name: leadName(n),
    trigger_event: { id: uuid(700 + n), kind: 'message_in', at: at(n * 7 * MINUTE), source_id: `wh-${n}`, channel: 'sms', text: w.text, spans: spans(o) },
    insight: w.insight, reasons: [{ text: w.reading.urgency, weight: 0.6 }, { text: w.whys[0], weight: 0.4 }],
    recommended_action: { type: 'call', title: w.titles[n % 5], window: { from: '14:00', to: '16:00', zone: NY }, say: w.say },
    urgency: n === 0 ? 'now' : 'today', expected_impact: o.language === 'es' ? 'Responder en minutos mantiene la conversación' : 'Answering within minutes keeps the conversation',
    created_at: at(n * 7 * MINUTE), expires_at: at(-6 * HOUR), channels: ['dashboard'], auto_execute: false, folded: n === 0 ? 2 : 0,
    status: 'open', snoozed_until: null, ...more,
  };
}

export function approval(o, n) {
  const w = words[o.language];
  return {
    id: uuid(400 + n), agent_id: AGENT, lead_id: uuid(100 + n), lead_name: leadName(n), action_type: 'send_message', channel: n % 2 ? 'email' : 'sms',
    title: o.language === 'es' ? `Escribir a ${leadName(n)} sobre el valor de su casa` : `Text ${leadName(n)} about the value of the home`,
    text: w.say, why: w.whys[n % 5], confidence: 0.72, created_at: at(HOUR), expires_at: at(-5 * HOUR), state: 'pending', decision_id: uuid(450 + n),
  };
}

export const decision = (o, id) => ({
  id, at: at(HOUR), lead_id: uuid(100), agent_id: AGENT, event_id: uuid(701), version: '1', outcome: { n: 1 },
  inputs: {
    version: 1, now_us: Date.now() * 1000, can_message: true, lead: { event_kind: 'pricing_tool', won: false, reach_sms: true, best_channel: 'sms' },
    insights: [{ type: 'hot_lead', strength: 0.8, confidence: 0.72, reasons: [{ weight: 0.6, event: uuid(701) }] }], notes: [words[o.language].whys[0]],
    agent: { id: AGENT, zone: NY, quiet: false, thresholds: { send_message: { auto: 0.85, approve: 0.6 }, call_task: { auto: 0.9, approve: 0.6 } } }, open: [],
  },
});

export function leadRow(n, total) {
  const l = Math.max(0, 97 - (97 * n) / Math.max(1, total));
  return {
    id: uuid(100 + n), name: leadName(n), agent_id: AGENT, likelihood: Math.round(l * 10) / 10, intent: intentOf(l), confidence: n % 4 === 3 ? 0.2 : 0.64,
    last_event_at: n % 7 === 6 ? null : at(n * 11 * MINUTE), opted_out: n % 9 === 8, contact_id: `c${n}`,
  };
}

function score(o, l) {
  const es = o.language === 'es';
  const part = (name, label, weight, value, explain, events = []) => ({ name, label, weight, value, points: Math.round(weight * value * 10) / 10, explain, events });
  return {
    likelihood: l, intent: intentOf(l), confidence: l > 50 ? 0.62 : 0.2,
    confidence_why: es ? (l > 50 ? '4 señales, la última hace 2 h' : '2 señales') : (l > 50 ? '4 signals, newest 2 h old' : '2 signals'), at: at(HOUR),
    parts: [
      part('pricing_tool', es ? 'Calculadora de precio' : 'Pricing tool', 25, 0.95, es ? 'usada dos veces, la última hace 2 h' : 'used twice, last 2 h ago',
        [{ id: uuid(701), at: at(2 * HOUR), text: es ? 'Calculadora de precio, 4 min' : 'Pricing tool, 4 min' }, { id: uuid(702), at: at(20 * HOUR), text: es ? 'Calculadora de precio, 1 min' : 'Pricing tool, 1 min' }]),
      part('agent_inquiry', es ? 'Consulta al agente' : 'Inquiry to agent', 20, 0.8, es ? 'pidió una llamada' : 'asked for a call', [{ id: uuid(703), at: at(20 * HOUR), text: es ? 'Pidió una llamada' : 'Asked for a call' }]),
      part('neighborhood', es ? 'Estudio del barrio' : 'Neighborhood research', 15, 0.4, es ? 'leyó sobre un barrio' : 'read about one area'),
      part('market_report', es ? 'Informe de mercado' : 'Market report', 15, 0, es ? 'nunca lo abrió' : 'never opened'),
      part('search', es ? 'Búsquedas' : 'Property search', 10, 0.6, es ? '6 búsquedas' : '6 searches'),
      part('momentum', es ? 'Impulso' : 'Momentum', 15, 0.9, es ? 'más activa que la semana pasada' : 'more active than last week'),
    ],
    window: {
      from: '14:00', to: '16:00', zone: LA, confidence: 0.4, explain: es ? '7 señales entre semana por la tarde' : '7 signals, most on weekday afternoons',
      hours: [0, 0, 0, 0, 0, 0, 0.01, 0.02, 0.04, 0.05, 0.06, 0.05, 0.07, 0.1, 0.16, 0.15, 0.08, 0.05, 0.05, 0.06, 0.03, 0.02, 0, 0],
    },
    channel: 'sms', channel_why: es ? 'Contestó a 3 de 4 mensajes.' : 'Answered 3 of 4 texts.', message: words[o.language].say, thresholds: { warm: 25, hot: 50, urgent: 80 },
  };
}

export function lead(o, n) {
  const w = words[o.language];
  const row = leadRow(n, 100);
  const l = n === 0 ? 86.5 : row.likelihood;
  return {
    ...row, likelihood: l, intent: intentOf(l), phone: '+1 310 555 0142', email: 'ana@example.test', address: '14 Elm St', city: 'Pasadena', state: 'CA', zip: '91101', zone: LA,
    tags: ['seller', 'website'], source: 'website form', created_at: at(12 * 24 * HOUR),
    wants: o.language === 'es' ? 'Vender la casa de Elm St antes del 30 y mudarse cerca.' : 'Sell the home on Elm St before the 30th and move nearby.',
    do_now: n % 2 ? null : { title: w.titles[0], why: w.whys[0] }, score: score(o, l),
    consent: { opted_out: row.opted_out, opted_out_at: row.opted_out ? at(48 * HOUR) : null, dnd: { all: false, sms: false, email: n % 5 === 3, call: false } },
    local_time: { zone: LA, candidates: [LA], now: '11:05' },
  };
}

export function timeline(o) {
  const w = words[o.language];
  const es = o.language === 'es';
  const item = (n, kind, label, more = {}) => ({
    id: uuid(700 + n), at: at(n * 3 * HOUR), received_at: at(n * 3 * HOUR - 2000), kind, label, channel: null, text: null, subject: null, source: 'ghl',
    source_id: `wh-${n}`, readings: [], detail: {}, ...more,
  });
  return {
    events: [
      item(1, 'message_in', es ? 'Mensaje del cliente' : 'Message from lead', { channel: 'sms', text: w.text, readings: spans(o) }),
      item(2, 'pricing_tool', es ? 'Calculadora de precio' : 'Pricing tool', { channel: 'web', source: 'tracker', detail: { seconds: 250, url: '/value' } }),
      item(3, 'message_out', es ? 'Mensaje al cliente' : 'Message to lead', { channel: 'email', subject: es ? 'Tres ventas en su calle' : 'Three sales on your street', text: w.say }),
      item(4, 'opportunity', es ? 'Oportunidad' : 'Opportunity', { detail: { stage: 'listing appointment', status: 'open', value: 640000 } }),
    ],
    next_cursor: null,
  };
}

export function settings() {
  const row = (name, type, def, min, max, unit, scope, label_en, label_es) => ({ name, type, min, max, unit, default: def, label_en, label_es, scope });
  return {
    agent_id: AGENT, settings: { briefing_time: '06:30' }, inherited: { briefing_time: '07:00', auto_threshold: 0.9, language: 'en' }, version: 3,
    schema: [
      row('language', 'choice', 'en', 0, 0, 'en|es', 'both', 'Language', 'Idioma'),
      row('briefing_enabled', 'bool', true, 0, 0, '', 'both', 'Morning briefing', 'Informe matutino'),
      row('briefing_time', 'clock', '07:00', 0, 0, 'local time', 'both', 'Briefing at', 'Informe a las'),
      row('quiet_hours', 'hours', '21:00-07:00', 0, 0, 'local time', 'both', 'Quiet hours', 'Horas de silencio'),
      row('max_alerts_per_hour', 'int', 12, 0, 1000, 'alerts', 'both', 'Alerts per hour', 'Alertas por hora'),
      row('auto_threshold', 'real', 0.85, 0, 1, '', 'both', 'Act by itself from', 'Actuar solo desde'),
      row('approve_threshold', 'real', 0.6, 0, 1, '', 'both', 'Ask from', 'Preguntar desde'),
      row('alert_threshold.hot_lead', 'real', 0.75, 0, 1, '', 'both', 'Hot lead above', 'Cliente caliente desde'),
      row('weight.pricing_tool', 'real', 25, 0, 100, 'points', 'tenant', 'Weight of pricing tool', 'Peso: calculadora'),
    ],
  };
}

export const log = (o) => ({
  actions: [1, 2, 3, 4, 5, 6, 7].map((n) => ({
    id: uuid(800 + n), action_type: 'send_message', lead_id: uuid(100 + n), lead_name: leadName(n), triggered_by: 'message_in', executed_at: at(n * 40 * MINUTE),
    success: n !== 3, confidence: 0.9, summary: o.language === 'es' ? 'Respondió con las preguntas de costumbre' : 'Answered with the usual questions', result: {},
  })), next_cursor: null,
});

export const outgoing = (o, n) => ({
  id: uuid(850 + n), at: at(n * 20 * MINUTE), person: n % 3 ? 'lead' : 'agent', agent_id: AGENT, lead_id: uuid(100 + n), lead_name: leadName(n),
  channel: n % 2 ? 'sms' : 'email', purpose: 'reply', text: words[o.language].say, state: n === 2 ? 'refused' : 'delivered',
  why: n === 2 ? (o.language === 'es' ? 'Fuera de las horas permitidas donde vive.' : 'Outside the hours allowed where they live.') : null,
});

export const operations = (o) => ({
  ok: o.mode !== 'empty', line: o.mode === 'empty' ? '2 messages were given up; read them below and replay' : 'All well',
  inbox: { pending: 3, oldest_s: 4, dead: 1 }, outbox: { pending: 0, dead: 1, unknown: 0 },
  jobs: [{ name: 'briefings', next_at: at(-10 * HOUR), last_at: at(2 * HOUR), overdue: false }, { name: 'expire_alerts', next_at: at(HOUR), last_at: at(3 * HOUR), overdue: true }],
  version: '0.1.0', started_at: at(50 * HOUR), zone_table: '2026f',
});

export const deadLetter = (n) => ({
  id: uuid(950 + n), kind: n ? 'outbox' : 'inbox', at: at(5 * HOUR), error: n ? 'The mail server refused the address' : 'No such field: contactId', tries: 5, source: n ? 'smtp' : 'ghl',
});
