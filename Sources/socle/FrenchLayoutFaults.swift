/// Faults of what is wrapped around values, and of layouts, in French.
let frenchLayoutFaults: [String: String] = [
    // Which messages.
    "make one of them more exact, or tell them apart by 'except', 'where' or 'model'":
        "précisez l'un d'eux, ou distinguez-les par « except », « where » ou « model »",
    "topic %1 has not the same names in braces as the first one":
        "le sujet %1 n'a pas les mêmes noms entre accolades que le premier",
    "use the same names, or write a profile for each":
        "utilisez les mêmes noms, ou écrivez un profil pour chacun",
    "'%1' in a 'where' must be a word, a number or a list of them":
        "« %1 » dans « where » doit être un mot, un nombre ou une liste",
    "'where' in a match goes with JSON only": "« where » dans match ne va qu'avec JSON",
    "'lorawan' in a match": "« lorawan » dans match",
    "'lorawan' in a match goes with 'lorawan' in decode":
        "« lorawan » dans match va avec « lorawan » dans decode",
    "write decode: { lorawan: auto, bytes: … }": "écrivez decode: { lorawan: auto, bytes: … }",
    "'sparkplug' in a match goes with 'decode: sparkplug'":
        "« sparkplug » dans match va avec « decode: sparkplug »",
    "write decode: sparkplug": "écrivez decode: sparkplug",
    "'model' must be a name or a list of names":
        "« model » doit être un nom ou une liste de noms",
    "give each reading a 'topic' of its own": "donnez à chaque relevé son propre « topic »",
    "the message is not what 'where' or 'model' in the match takes":
        "le message n'est pas de ceux que « where » ou « model » prend",
    "the uplink is of another device than the topic names":
        "la trame vient d'un autre appareil que celui du sujet",
    "'port' goes with 'hex' in a profile with 'lorawan'":
        "« port » va avec « hex » dans un profil avec « lorawan »",

    "there is a profile of this name in %1 too": "%1 contient aussi un profil de ce nom",
    "call one of them otherwise": "donnez à l'un d'eux un autre nom",
    "either all places of 'from' have {name} in them, or none":
        "{nom} doit figurer dans toutes les places de « from », ou dans aucune",
    "'from' lists 1 to 8 places": "« from » énumère de 1 à 8 places",
    "the places of 'from' must have the same names in braces":
        "les places de « from » doivent avoir les mêmes noms entre accolades",

    // The vocabulary.
    "the vocabulary must be metrics with what they are":
        "le vocabulaire doit être fait de grandeurs et de ce qu'elles sont",
    "a metric": "une grandeur",
    "'kind' in a metric must be gauge, counter, amount or state":
        "« kind » d'une grandeur doit être gauge, counter, amount ou state",
    "a metric needs a title in English (en) and French (fr)":
        "une grandeur a besoin d'un titre en anglais (en) et en français (fr)",
    "'range' must be the least and the greatest value":
        "« range » doit être la plus petite et la plus grande valeur",
    "'%1' must be whole numbers with their names":
        "« %1 » doit être fait de nombres entiers avec leurs noms",
    "the metric '%1' is not in %2": "la grandeur « %1 » n'est pas dans %2",
    "write %1, or add it there": "écrivez %1, ou ajoutez-la",
    "add it there, with its kind, unit, range and titles":
        "ajoutez-la, avec son genre, son unité, ses bornes et ses titres",
    "'%1' is stored in %2, not in '%3'": "« %1 » se conserve en %2, pas en « %3 »",
    "write that, and 'from_unit' for what the device says":
        "écrivez cela, et « from_unit » pour ce que dit l'appareil",
    "'%1' has no state %2 in %3": "« %1 » n'a pas d'état %2 dans %3",
    "'%1' is of the kind %2 in %3": "« %1 » est du genre %2 dans %3",
    "write that, or take another metric": "écrivez cela, ou prenez une autre grandeur",

    // What is wrapped around the values.
    "a decode": "un decode",
    "a decode needs one of 'format', 'bytes' and 'delimited'":
        "decode demande « format », « bytes » ou « delimited »",
    "write decode: json for plain JSON": "écrivez decode: json pour du JSON simple",
    "'encoding' does not go with 'lorawan', whose frames are base64":
        "« encoding » ne va pas avec « lorawan », dont les trames sont en base64",
    "'lorawan: object' takes only what the network server has decoded":
        "« lorawan: object » ne prend que ce que le serveur a décodé",
    "write lorawan: auto, or leave the format out":
        "écrivez lorawan: auto, ou retirez le format",
    "'lorawan: %1' needs a format for the device's frame":
        "« lorawan: %1 » demande un format pour la trame de l'appareil",
    "add 'bytes' or 'format', or write lorawan: object":
        "ajoutez « bytes » ou « format », ou écrivez lorawan: object",
    "'delimited' does not go with 'lorawan'": "« delimited » ne va pas avec « lorawan »",
    "a delimited text": "un texte délimité",
    "a delimited text needs either 'fields' or 'pairs'":
        "un texte délimité demande soit « fields », soit « pairs »",
    "list the names with _ for what is passed over, or write pairs: \":\"":
        "énumérez les noms, avec _ pour ce qui est laissé, ou écrivez pairs: \":\"",
    "a comma cannot both separate and be a decimal comma":
        "une virgule ne peut pas à la fois séparer et être décimale",
    "'%1' must be one character of ASCII, as \";\" or \"\\t\"":
        "« %1 » doit être un caractère ASCII, comme \";\" ou \"\\t\"",

    // Layouts.
    "bytes": "bytes",
    "a layout must be a list of items": "un layout doit être une liste d'éléments",
    "write it as in [ { field: temperature, type: i16 } ]":
        "écrivez par exemple [ { field: temperature, type: i16 } ]",
    "a layout is nested %1 levels at most": "un layout a %1 niveaux au plus",
    "a layout has %1 items at most": "un layout a %1 éléments au plus",
    "an item of a layout must be keys with values":
        "un élément de layout doit être fait de clés avec leurs valeurs",
    "an item of a layout must have one of the keys field, skip, time, when, cases, repeat, table":
        "un élément de layout doit avoir l'une des clés field, skip, time, when, cases, repeat,"
        + " table",
    "a skip": "un skip",
    "a field of a layout": "un champ de layout",
    "'%1' is no name of a field": "« %1 » n'est pas un nom de champ",
    "use letters, digits, _ and ., as in flow.temperature":
        "utilisez des lettres, des chiffres, _ et ., comme flow.temperature",
    "the field '%1' needs one of 'type', 'of' and 'value'":
        "le champ « %1 » demande « type », « of » ou « value »",
    "write type: u16, or of: another field with bits, or value: with arithmetic":
        "écrivez type: u16, ou of: un autre champ avec bits, ou value: avec un calcul",
    "'at' goes with 'type' only": "« at » ne va qu'avec « type »",
    "'%1' must have 1 to 128 bytes": "« %1 » doit avoir de 1 à 128 octets",
    "'%1' is no type of a number": "« %1 » n'est pas un type de nombre",
    "write u8 to u64, i8 to i64, f16, f32, f64, or bcd: and 1 to 9 bytes":
        "écrivez u8 à u64, i8 à i64, f16, f32, f64, ou bcd: et de 1 à 9 octets",
    "there is no field '%1' before this one": "aucun champ « %1 » avant celui-ci",
    "the field '%1' has no bits, since it is scaled":
        "le champ « %1 » n'a pas de bits, car il est mis à l'échelle",
    "read it once more, without scale, under a name that begins with _":
        "lisez-le encore une fois, sans scale, sous un nom qui commence par _",
    "'bits' must be one bit or a range of 0 to 62":
        "« bits » doit être un bit ou un intervalle de 0 à 62",
    "write 3 or 4..15": "écrivez 3 ou 4..15",
    "'no_value' in a layout must list numbers, as 32767 or 0x7FFF":
        "« no_value » dans un layout doit énumérer des nombres, comme 32767 ou 0x7FFF",
    "'no_value' in a layout does not go with 'value'":
        "« no_value » dans un layout ne va pas avec « value »",
    "'poly' does not go with 'value'": "« poly » ne va pas avec « value »",
    "'poly' must list 2 to 8 numbers: c0, c1 and so on":
        "« poly » doit énumérer de 2 à 8 nombres : c0, c1, etc.",
    "'from_unit' does not go with 'poly'": "« from_unit » ne va pas avec « poly »",
    "let the polynomial give the stored unit":
        "faites que le polynôme donne l'unité conservée",
    "'%1' is no arithmetic from '%2' on": "« %1 » n'est pas un calcul à partir de « %2 »",
    "write + - * / ( ), numbers, and names of fields before this one":
        "écrivez + - * / ( ), des nombres, et des noms de champs qui précèdent",
    "cases": "cases",
    "a case": "un cas",
    "only the last case may be without 'when'": "seul le dernier cas peut être sans « when »",
    "'%1' in a condition must be a whole number, a range or a list":
        "« %1 » dans une condition doit être un nombre entier, un intervalle ou une liste",
    "write 1, 0x57, \"3..7\" or [1, 2]": "écrivez 1, 0x57, \"3..7\" ou [1, 2]",
    "there is no field '%1' before this condition": "aucun champ « %1 » avant cette condition",
    "name port, size, byte0, a field, or field.3 for a bit of it":
        "nommez port, size, byte0, un champ, ou champ.3 pour l'un de ses bits",
    "name size, byte0, a field, or field.3 for a bit of it":
        "nommez size, byte0, un champ, ou champ.3 pour l'un de ses bits",
    "a repeat": "un repeat",
    "'repeat' must be 'end', a number up to 4096 or a field before this one":
        "« repeat » doit être « end », un nombre jusqu'à 4096 ou un champ qui précède",
    "'first: %1' goes with 'step' only": "« first: %1 » ne va qu'avec « step »",
    "'from' of a repeat goes with 'step' only": "« from » d'un repeat ne va qu'avec « step »",
    "write it with a point, as 0.01": "écrivez-le avec un point, comme 0.01",
    "is no profile by its name": "n'est pas un profil d'après son nom",
    "let it end with .yaml": "donnez-lui l'extension .yaml",
    "'step' is too long": "« step » est trop long",
    "the topic of the match cannot go on with '%1'":
        "le sujet de match ne peut pas continuer par « %1 »",
    "leave {name...} out of the match, and use each name once":
        "retirez {nom...} de match, et n'employez chaque nom qu'une fois",
    "no reading %1 at %2, expected %3": "aucun relevé %1 à %2, attendu %3",
    "%1 at %2 is %3, expected %4": "%1 à %2 vaut %3, attendu %4",
    "'step' needs 'first'": "« step » demande « first »",
    "write first: newest or first: oldest": "écrivez first: newest ou first: oldest",
    "a table": "une table",
    "'%1' is no key of %2 bytes": "« %1 » n'est pas une clé de %2 octets",
    "write them in hexadecimal with * for any: \"01 75\", \"* 67\"":
        "écrivez-les en hexadécimal, avec * pour un octet quelconque : \"01 75\", \"* 67\"",
    "'unknown' does not go with 'length': they are passed over":
        "« unknown » ne va pas avec « length » : elles sont laissées de côté",
]
