/* Word lists of the made-up people. See phrases.h. Names are common first and last names put together by
 * chance; the truth about a message (does it ask to stop?) is its list, never what our reader makes of it. */
#include "sim/phrases.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const hello_en[] = {
    "Hi %g, this is %f. I saw your listings in %a and would like to know more.",
    "Hello, we are thinking about a %b bedroom place in %a. Where do we start?",
    "Hi! Is the townhouse in %a still available?",
    "Good morning, I found %r online. Do you work with first time buyers?",
};
static const char *const hello_es[] = {
    "Hola %g, soy %f. Vi sus casas en %a y quisiera saber más.",
    "Buenas, estamos pensando en algo de %b cuartos en %a. ¿Por dónde empezamos?",
    "¡Hola! ¿La casa de %a sigue disponible?",
    "Buenos días, encontré a %r en internet. ¿Ayudan con la primera compra?",
};
static const char *const question_en[] = {
    "What are the HOA fees like in %a?",
    "Is %p realistic for %b bedrooms in %a?",
    "How are the schools around %a?",
    "Could you send me the list of homes in %a under %p?",
    "Does the one with the pool allow two dogs?",
    "Do you know if flood insurance is needed in %a?",
};
static const char *const question_es[] = {
    "¿Cuánto se paga de mantenimiento en %a?",
    "¿Es realista %p para %b cuartos en %a?",
    "¿Qué tal son las escuelas por %a?",
    "¿Me puede mandar las casas en %a por menos de %p?",
    "¿En la de la piscina dejan tener dos perros?",
    "¿Sabe si en %a hace falta seguro de inundación?",
};
static const char *const urgent_en[] = {
    "We need to move ASAP, our lease ends in two weeks. Can we see something in %a today?",
    "My job starts on the 1st and I have nowhere to live yet. This is urgent, please call me.",
    "Landlord sold the house and we must be out by the end of the month. Anything in %a?",
    "We are ready to make an offer right now, how fast can you write it?",
    "I need to sell quickly, I have to be in another city in three weeks.",
};
static const char *const urgent_es[] = {
    "Necesitamos mudarnos lo antes posible, el contrato se acaba en dos semanas. ¿Hay algo en %a hoy?",
    "Empiezo a trabajar el día 1 y no tengo dónde vivir. Es urgente, llámeme por favor.",
    "El dueño vendió la casa y tenemos que salir a fin de mes. ¿Tiene algo en %a?",
    "Estamos listos para hacer una oferta ya mismo, ¿qué tan rápido la puede escribir?",
    "Tengo que vender rápido, en tres semanas debo estar en otra ciudad.",
};
static const char *const competitor_en[] = {
    "Another agent showed us two homes in %a yesterday. What can you do better?",
    "We are also talking to a different realtor, she said %p would be enough.",
    "My cousin's agent offered to do it for a lower commission. Can you match that?",
    "I am interviewing three agents this week before I list in %a.",
};
static const char *const competitor_es[] = {
    "Otro agente nos enseñó ayer dos casas en %a. ¿Qué nos ofrece usted?",
    "También estamos hablando con otra agente, dice que con %p alcanza.",
    "El agente de mi primo lo hace por menos comisión. ¿Puede igualarlo?",
    "Esta semana voy a entrevistar a tres agentes antes de vender en %a.",
};
static const char *const showing_en[] = {
    "Could we see the one in %a on Saturday around 11?",
    "Would love to tour the %b bedroom in %a this week.",
    "Can you get us in to look at the condo in %a tomorrow?",
};
static const char *const showing_es[] = {
    "¿Podemos ver la de %a el sábado como a las 11?",
    "Me gustaría visitar esta semana la de %b cuartos en %a.",
    "¿Nos puede enseñar mañana el apartamento de %a?",
};
static const char *const doubt_en[] = {
    "%p feels like too much for %a, honestly.",
    "With these rates I am not sure we can do it this year.",
    "We would have to sell ours first.",
    "No rush on our side, just looking around for now.",
    "My wife is not convinced about the commute from %a.",
};
static const char *const doubt_es[] = {
    "La verdad, %p me parece mucho para %a.",          "Con estas tasas no sé si podamos este año.",
    "Primero tendríamos que vender la nuestra.",       "No tenemos prisa, por ahora solo estamos mirando.",
    "A mi esposo no le convence el tráfico desde %a.",
};
static const char *const thanks_en[] = {"Great, thank you!", "Ok sounds good", "Perfect, talk soon",
                                        "Thanks %g, will look at them tonight", "Got it 👍"};
static const char *const thanks_es[] = {"¡Gracias!", "Está bien, perfecto", "Gracias %g, los miro esta noche",
                                        "Listo, hablamos", "Ok 👍"};
static const char *const stop_en[] = {
    "STOP",
    "Stop texting me",
    "Please take me off your list, we bought already",
    "Do not contact me again",
    "unsubscribe",
    "Enough with the messages, leave me alone",
    "remove my number please",
    "I don't want to get any more texts from you",
};
static const char *const stop_es[] = {
    "ALTO",
    "No me escriba más por favor",
    "Quíteme de su lista, ya compramos",
    "BAJA",
    "Ya no quiero recibir mensajes",
    "No me llamen más",
    "Por favor dejen de escribirme",
};
static const char *const start_en[] = {"START", "UNSTOP", "start"};
static const char *const start_es[] = {"START", "COMENZAR", "REANUDAR"};
static const char *const help_en[] = {"HELP", "help"};
static const char *const help_es[] = {"AYUDA", "HELP"};
static const char *const agent_hello_en[] = {
    "Hi %f, this is %g from %r. Thanks for reaching out! Are you looking to buy or sell?",
    "Hello %f, %g here with %r. What matters most to you in the next home?",
};
static const char *const agent_hello_es[] = {
    "Hola %f, le saluda %g de %r. ¡Gracias por escribirnos! ¿Quiere comprar o vender?",
    "Hola %f, soy %g de %r. ¿Qué es lo más importante en su próxima casa?",
};
static const char *const agent_answer_en[] = {
    "Good question, let me check and get back to you today.",
    "Happy to help. I put a short list for %a together, shall I send it?",
    "Yes, that works. I will confirm with the listing side.",
    "Around %p is what I see in %a right now. Want me to walk you through it?",
};
static const char *const agent_answer_es[] = {
    "Buena pregunta, lo averiguo y le contesto hoy.",
    "Con gusto. Preparé una lista corta de %a, ¿se la mando?",
    "Sí, se puede. Lo confirmo con la otra parte.",
    "Ahora mismo en %a se ve más o menos %p. ¿Quiere que se lo explique?",
};
static const char *const agent_follow_up_en[] = {
    "Hi %f, two new homes came up in %a that fit what you told me. Want the details?",
    "Hi %f, any news from your side? Happy to talk whenever it suits you.",
};
static const char *const agent_follow_up_es[] = {
    "Hola %f, salieron dos casas nuevas en %a que van con lo que busca. ¿Le mando los datos?",
    "Hola %f, ¿alguna novedad? Cuando guste conversamos.",
};
static const char *const note_en[] = {
    "Talked about %a, budget around %p, prefers evenings.",
    "Pre-approval letter is on its way.",
    "Liked the second house best; worried about the roof.",
    "Left a voicemail, try again tomorrow.",
};
static const char *const note_es[] = {
    "Hablamos de %a, presupuesto cerca de %p, prefiere por la tarde.",
    "La carta del banco viene en camino.",
    "Le gustó más la segunda casa; le preocupa el techo.",
    "Dejé un mensaje de voz, intentar mañana.",
};
static const char *const task_en[] = {"Send list for %a", "Call back about the showing",
                                      "Prepare market numbers for %a"};
static const char *const task_es[] = {"Mandar lista de %a", "Llamar por la visita", "Preparar números de %a"};
static const char *const subject_en[] = {"Home in %a", "Question", "About the listing", "Our search"};
static const char *const subject_es[] = {"Casa en %a", "Pregunta", "Sobre la propiedad", "Nuestra búsqueda"};

struct list {
    const char *const *p;
    size_t n;
};
#define LIST(x)                                                                                              \
    {x##_en, COUNT(x##_en)}, {                                                                               \
        x##_es, COUNT(x##_es)                                                                                \
    }
static const struct list lists[PHRASE_KINDS][2] = {
    [SAY_HELLO] = {LIST(hello)},
    [SAY_QUESTION] = {LIST(question)},
    [SAY_URGENT] = {LIST(urgent)},
    [SAY_COMPETITOR] = {LIST(competitor)},
    [SAY_SHOWING] = {LIST(showing)},
    [SAY_DOUBT] = {LIST(doubt)},
    [SAY_THANKS] = {LIST(thanks)},
    [SAY_STOP] = {LIST(stop)},
    [SAY_START] = {LIST(start)},
    [SAY_HELP] = {LIST(help)},
    [SAY_AGENT_HELLO] = {LIST(agent_hello)},
    [SAY_AGENT_ANSWER] = {LIST(agent_answer)},
    [SAY_AGENT_FOLLOW_UP] = {LIST(agent_follow_up)},
    [SAY_NOTE] = {LIST(note)},
    [SAY_TASK] = {LIST(task)},
    [SAY_SUBJECT] = {LIST(subject)},
};

static struct str field_of(const struct phrase_fields *f, char c) {
    switch (c) {
    case 'a': return f->area;
    case 'b': return f->beds;
    case 'p': return f->price;
    case 'g': return f->agent;
    case 'f': return f->lead;
    case 'r': return f->brokerage;
    default: return STR("");
    }
}

void phrase_add(enum phrase_kind k, enum language l, struct prng *r, const struct phrase_fields *f,
                struct buf *out) {
    const struct list *list = &lists[k][l == LANG_ES];
    for (const char *p = list->p[prng_below(r, list->n)]; *p; p++) {
        if (*p == '%' && p[1])
            buf_str_add(out, field_of(f, *++p));
        else
            buf_c(out, *p);
    }
}

static const struct place places[] = {
    {"Miami", "FL", "33133", "America/New_York", "305"},
    {"Miami", "FL", "33145", "America/New_York", "786"},
    {"Coral Gables", "FL", "33134", "America/New_York", "305"},
    {"Hialeah", "FL", "33012", "America/New_York", "786"},
    {"Doral", "FL", "33178", "America/New_York", "305"},
    {"Miami Beach", "FL", "33139", "America/New_York", "305"},
    {"Kendall", "FL", "33176", "America/New_York", "786"},
    {"Key Biscayne", "FL", "33149", "America/New_York", "305"},
    {"Homestead", "FL", "33030", "America/New_York", "786"},
    {"Aventura", "FL", "33180", "America/New_York", "305"},
    {"Miami Lakes", "FL", "33014", "America/New_York", "645"},
    {"Pinecrest", "FL", "33156", "America/New_York", "305"},
    {"Fort Lauderdale", "FL", "33301", "America/New_York", "954"},
    {"Brooklyn", "NY", "11215", "America/New_York", "718"},
    {"Chicago", "IL", "60614", "America/Chicago", "312"},
    {"Houston", "TX", "77008", "America/Chicago", "713"},
    {"Pensacola", "FL", "32502", "America/Chicago", "850"},
    {"Denver", "CO", "80206", "America/Denver", "303"},
    {"Phoenix", "AZ", "85018", "America/Phoenix", "602"},
    {"Los Angeles", "CA", "90042", "America/Los_Angeles", "213"},
    {"San Juan", "PR", "00911", "America/Puerto_Rico", "787"},
};

size_t places_n(void) {
    return COUNT(places);
}
const struct place *place_at(size_t i) {
    return &places[i];
}

static const char *const areas[] = {
    "Coconut Grove", "Brickell", "Coral Gables", "Kendall",      "Doral",  "Little Havana", "Edgewater",
    "Wynwood",       "Aventura", "Key Biscayne", "Miami Shores", "Sunset", "The Roads",     "Westchester"};
const char *area_some(struct prng *r) {
    return areas[prng_below(r, COUNT(areas))];
}

static const char *const first_en[] = {"Alice", "Brian",  "Carla", "Derek",   "Emily",  "Frank",
                                       "Grace", "Henry",  "Irene", "Jason",   "Kelly",  "Liam",
                                       "Megan", "Nathan", "Olga",  "Patrick", "Rachel", "Steve",
                                       "Tanya", "Victor", "Wendy", "Marcus",  "Denise", "Terrence"};
static const char *const first_es[] = {"Alejandro", "Beatriz", "Carlos", "Daniela", "Ernesto",  "Fabiola",
                                       "Gustavo",   "Ingrid",  "Javier", "Karina",  "Leonardo", "Marisol",
                                       "Nelson",    "Odalys",  "Pedro",  "Raquel",  "Sergio",   "Teresa",
                                       "Ulises",    "Yanet",   "Ximena", "Rolando", "Lourdes",  "Amaury"};
static const char *const last[] = {"Alvarez",  "Bennett", "Castillo", "Delgado", "Estrada", "Fowler",
                                   "Guerra",   "Hollis",  "Ibarra",   "Jenkins", "Kaplan",  "Lopez",
                                   "Marrero",  "Navarro", "Ortega",   "Price",   "Quiroga", "Rosario",
                                   "Santos",   "Tucker",  "Urbina",   "Vargas",  "Walsh",   "Zamora",
                                   "Baptiste", "Cohen",   "Mercado",  "Pineda",  "Sloan",   "Truesdale"};

size_t first_names_n(void) {
    return COUNT(first_en) + COUNT(first_es);
}
const char *first_name_at(size_t i, enum language *out_language) {
    *out_language = i < COUNT(first_en) ? LANG_EN : LANG_ES;
    return i < COUNT(first_en) ? first_en[i] : first_es[i - COUNT(first_en)];
}
size_t last_names_n(void) {
    return COUNT(last);
}
const char *last_name_at(size_t i) {
    return last[i];
}
