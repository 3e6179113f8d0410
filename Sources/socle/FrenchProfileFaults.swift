/// Faults of device profiles in French, by the English template; `%1` is what was found.
let frenchProfileFaults: [String: String] = [
    // The profile as a whole.
    "cannot be listed": "le contenu ne peut pas être lu",
    "check that the directory exists and may be read":
        "vérifiez que le dossier existe et peut être lu",
    "topic %1 can also be profile '%2' with %3":
        "le sujet %1 peut être aussi celui du profil « %2 » avec %3",
    "the profile's name '%1' is not that of its file":
        "le nom du profil « %1 » n'est pas celui de son fichier",
    "call it '%1'": "appelez-le « %1 »",
    "'except' in a match must list MQTT filters":
        "« except » dans match doit énumérer des filtres MQTT",
    "write + for one level and # at the end for any number":
        "écrivez + pour un niveau et # à la fin pour un nombre quelconque",
    "topic %1 %2": "le sujet %1 %2",
    "is empty, too long or holds a NUL": "est vide, trop long ou contient un NUL",
    "goes on after {name...}, which takes all that follows":
        "continue après {nom...}, qui prend tout ce qui suit",
    "has a wildcard; write {name} for + and {name...} for #":
        "contient un joker ; écrivez {nom} pour + et {nom...} pour #",
    "has '%1' where a level is a literal, {name} or {name...}":
        "contient « %1 », alors qu'un niveau est un texte, {nom} ou {nom...}",
    "has the name '%1' twice": "contient deux fois le nom « %1 »",
    "device names '{%1}', which the topic does not have":
        "device nomme « {%1} », que le sujet n'a pas",
    "the topic has %1": "le sujet a %1",
    "a profile has 1 to %1 readings": "un profil a de 1 à %1 relevés",
    "a text has one reading only": "un texte n'a qu'un relevé",
    "a second reading %1": "un second relevé %1",
    "tell them apart by labels": "distinguez-les par des étiquettes",

    // Its readings.
    "'%1' is no metric name": "« %1 » n'est pas un nom de grandeur",
    "use small letters, digits and _ as in active_power":
        "utilisez des minuscules, des chiffres et _, comme active_power",
    "label '%1' must be a name with a text": "l'étiquette « %1 » doit être un nom avec un texte",
    "label '%1' is already set by the topic": "l'étiquette « %1 » est déjà donnée par le sujet",
    "write %1": "écrivez %1",
    "'%1' is no UCUM code": "« %1 » n'est pas un code UCUM",
    "write W, kW.h, Cel, %, [ppm] or 1 for a plain number":
        "écrivez W, kW.h, Cel, %, [ppm], ou 1 pour un nombre simple",
    "'from' goes with 'decode: json' only": "« from » ne va qu'avec « decode: json »",
    "'weighting' goes with 'kind: gauge' only": "« weighting » ne va qu'avec « kind: gauge »",
    "'scale' is 0": "« scale » vaut 0",
    "'modulus' must be a decimal number above 0":
        "« modulus » doit être un nombre décimal supérieur à 0",
    "'modulus' goes with 'kind: counter' only": "« modulus » ne va qu'avec « kind: counter »",
    "'valid' must be the least and the greatest value":
        "« valid » doit être la plus petite et la plus grande valeur",
    "'%1' does not go with 'kind: state'": "« %1 » ne va pas avec « kind: state »",
    "'no_value' must list words and numbers": "« no_value » doit énumérer des mots et des nombres",
    "a state's number must be whole": "le numéro d'un état doit être entier",
    "a state needs names for its numbers": "un état a besoin de noms pour ses numéros",
    "add a map as in { \"OFF\": 0, \"ON\": 1 }": "ajoutez map, comme { \"OFF\": 0, \"ON\": 1 }",
    "'step' must be 'raw' or a length that divides a day":
        "« step » doit être « raw » ou une durée qui divise le jour",
    "write 1m, 15m, 1h or 1d": "écrivez 1m, 15m, 1h ou 1d",
    "'horizon' must be 'none' or a length of 7d at most":
        "« horizon » doit être « none » ou une durée de 7d au plus",
    "'%1' is no path": "« %1 » n'est pas un chemin",
    "write it as in $.a.b[0] or $['a b']": "écrivez-le comme $.a.b[0] ou $['a b']",
    "'%1' is no decimal number": "« %1 » n'est pas un nombre décimal",
    "'%1' must be a length of time as in 30s, 10m, 7d":
        "« %1 » doit être une durée, comme 30s, 10m, 7d",
    "'%1' must be a time as in 2026-01-01T00:00:00Z":
        "« %1 » doit être une date, comme 2026-01-01T00:00:00Z",

    // Times.
    "the values of this format have their times with them":
        "les valeurs de ce format portent leurs dates",
    "leave 'time' out": "omettez « time »",
    "this format has no number of its message": "ce format n'a pas de numéro de message",
    "'%1' is nothing that can be converted into '%2'":
        "« %1 » ne se convertit pas en « %2 »",
    "take two units of one dimension, as kW.h and J, or use 'scale'":
        "prenez deux unités d'une même grandeur, comme kW.h et J, ou utilisez « scale »",
    "a test has either 'payload' or 'hex'": "un test a soit « payload », soit « hex »",
    "'hex' must be pairs of hexadecimal digits":
        "« hex » doit être des paires de chiffres hexadécimaux",
    "quote it: \"0367 0110\"": "entre guillemets : \"0367 0110\"",
    "'where' goes with formats that name their values and labels":
        "« where » va avec les formats qui nomment leurs valeurs et étiquettes",
    "'%1' has no {%2}": "« %1 » n'a pas de {%2}",
    "'%1' is no name of a field": "« %1 » n'est pas un nom de champ",
    "write it as in cpu.usage_idle, with {name} for what varies":
        "écrivez-le comme cpu.usage_idle, avec {nom} pour ce qui varie",
    "'where' must be labels with their values":
        "« where » doit être des étiquettes avec leurs valeurs",
    "a text has no time of its own": "un texte n'a pas de date à lui",
    "a time needs either 'epoch' or 'iso: true'": "time demande soit « epoch », soit « iso: true »",
    "write epoch: s, ms, us or ns for numbers": "écrivez epoch: s, ms, us ou ns pour des nombres",
    "'zone' goes with 'iso: true' only": "« zone » ne va qu'avec « iso: true »",
    "there is no time zone '%1'": "il n'y a pas de fuseau horaire « %1 »",
    "write 'required' where the text has its offset, or a zone as in Europe/Paris":
        "écrivez « required » si le texte a son décalage, ou un fuseau comme Europe/Paris",

    // The numbers of messages.
    "a text has no number of its message": "un texte n'a pas de numéro de message",

    // Tests.
    "a profile needs one test at least": "un profil a besoin d'un test au moins",
    "a test needs either 'expect' or 'quarantine: true'":
        "un test demande soit « expect », soit « quarantine: true »",
    "write expect: {} for no reading": "écrivez expect: {} pour aucun relevé",
    "the test expects '%1', which is no reading of the profile":
        "le test attend « %1 », qui n'est pas un relevé du profil",
    "'%1' must be a number": "« %1 » doit être un nombre",
    "the test with topic %1 fails: %2": "le test du sujet %1 échoue : %2",
    "correct the profile or the test": "corrigez le profil ou le test",
    "the topic belongs to the profile '%1'": "le sujet appartient au profil « %1 »",
    "the topic does not match": "le sujet ne correspond pas",
    "the device is '%1', not '%2'": "l'appareil est « %1 », et non « %2 »",
    "the message is refused: %1: %2": "le message est refusé : %1 : %2",
    "the message is accepted": "le message est accepté",
    "the time is %1, not %2": "la date est %1, et non %2",
    "the message's number is %1, not %2": "le numéro du message est %1, et non %2",
    "no reading %1, expected %2": "pas de relevé %1, il était attendu %2",
    "%1 is %2, expected %3": "%1 vaut %2, il était attendu %3",
    "a reading %1 = %2 that is not expected": "un relevé %1 = %2 qui n'est pas attendu",

    // Fields and messages that are refused.
    "reading %1 from %2: found %3, expected %4": "relevé %1, de %2 : reçu %3, attendu %4",
    "the payload": "tout le contenu",
    "time from %1: found %2, expected %3; the time of arrival counts":
        "date, de %1 : reçu %2, attendu %3 ; la date d'arrivée en tient lieu",
    "nothing": "rien",
    "the text '%1'": "le texte « %1 »",
    "the unit '%1'": "l'unité « %1 »",
    "parts of the payload that cannot be read: %1": "parties illisibles du contenu : %1",
    "a number that is too long or too large": "un nombre trop long ou trop grand",
    "an object": "un objet",
    "a list": "une liste",
    "%1, which is %2 by 'scale' and 'offset'": "%1, soit %2 par « scale » et « offset »",
    "%1 to %2 by 'valid'": "de %1 à %2 par « valid »",
    "a state of 'map': %1": "un état de « map » : %1",
    "a number": "un nombre",
    "a number or a word of 'map': %1": "un nombre ou un mot de « map » : %1",
    "a number of 'epoch'": "un nombre selon « epoch »",
    "a time as in 2026-01-01T00:00:00Z": "une date, comme 2026-01-01T00:00:00Z",
    "a time as in 2026-01-01T00:00:00": "une date, comme 2026-01-01T00:00:00",
    "a time from 2001 on, no further from the arrival than 'max_future' and 'max_past' allow":
        "une date d'après 2000, aussi près de l'arrivée que « max_future » et « max_past » le "
        + "demandent",
    "the JSON ends after byte %1, before it is complete":
        "le JSON finit après l'octet %1 sans être complet",
    "%1 ends after byte %2, before it is complete":
        "%1 s'arrête après l'octet %2, avant d'être complet",
    "no %1 from byte %2 on: '%3'": "pas de %1 à partir de l'octet %2 : « %3 »",
    "no JSON from byte %1 on: '%2'": "pas de JSON à partir de l'octet %1 : « %2 »",
    "the text at byte %1 is not UTF-8": "le texte à l'octet %1 n'est pas en UTF-8",
    "a wanted key stands twice in its object, again at byte %1: '%2'":
        "une clé voulue est deux fois dans son objet, de nouveau à l'octet %1 : « %2 »",
    "nested too deep at byte %1": "trop d'imbrications à l'octet %1",
    "%1 bytes are more than a message may have": "%1 octets sont trop pour un message",
    // What a draft does not take.
    "a profile has 256 readings at most": "un profil a au plus 256 relevés",
    "it never had a value": "jamais de valeur",
    "it may identify a device or a person": "peut identifier un appareil ou une personne",
    "a profile cannot write this place": "un profil ne peut pas écrire cette place",
    "a text": "un texte",
    "no metric is known for it: write a reading where it is wanted":
        "pas de grandeur connue : écrivez un relevé si elle est voulue",
    "not all of its words are known: map them":
        "ses mots ne sont pas tous connus : donnez-leur un nombre par « map »",
    "its template is more than a place, int, float or round, and a factor":
        "son modèle (template) est plus qu'une place, int, float ou round, et un facteur",
]
