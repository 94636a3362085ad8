"""Sample texts for the gallery, in English, French and Arabic. All invented."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms

from entente.web.icons import ICONS

NOW: Final = datetime(2031, 3, 4, 14, 21, 48, tzinfo=UTC)
STEPS: Final = (600, 1200, 1800, 2700, 3300, 3600)

#: Key to its English, French and Arabic text.
TEXTS: Final[dict[str, tuple[str, str, str]]] = {
    "gallery_title": ("Every component", "Tous les éléments", "جميع العناصر"),
    "inbox_title": ("Inbox", "À traiter", "الوارد"),
    "new_arrival": ("New arrival", "Nouvelle arrivée", "وارد جديد"),
    "filter": ("Filter", "Filtrer", "تصفية"),
    "select_all": ("Select all", "Tout sélectionner", "تحديد الكل"),
    "hand_over": ("Hand over", "Transmettre", "تسليم"),
    "bulk_label": ("Selected cases", "Dossiers sélectionnés", "الملفات المحددة"),
    "kind_order": ("Removal order", "Injonction de retrait", "أمر إزالة"),
    "kind_notice": ("Notice", "Notification", "إخطار"),
    "kind_complaint": ("Complaint", "Réclamation", "شكوى"),
    "verified": ("Verified", "Authentifiée", "موثَّق"),
    "execute": ("Disable and preserve", "Désactiver et préserver", "تعطيل وحفظ"),
    "refuse": ("Impossible", "Impossibilité", "استحالة التنفيذ"),
    "undo": ("Undo", "Annuler l’action", "تراجع"),
    "send": ("Send", "Envoyer", "إرسال"),
    "print": ("Print", "Imprimer", "طباعة"),
    "yes": ("Yes", "Oui", "نعم"),
    "no": ("No", "Non", "لا"),
    "sign_in": ("Sign in", "Se connecter", "تسجيل الدخول"),
    "use_passkey": ("Use a passkey", "Utiliser une clé d’accès", "استخدام مفتاح المرور"),
    "lost": ("I have lost my passkey", "J’ai perdu ma clé d’accès", "فقدتُ مفتاح المرور"),
    "confirm_title": (
        "Disable this item in the Union?",
        "Désactiver cet élément dans l’Union ?",
        "هل تريد تعطيل هذا العنصر داخل الاتحاد؟",
    ),
    "confirm_text": (
        "It is disabled and kept for six months. Its author is told why and which roads are open. You can undo it.",
        "Il est désactivé et conservé six mois. Son auteur apprend pourquoi et quelles voies lui sont ouvertes.",
        "يُعطَّل ويُحفظ ستة أشهر، ويُبلَّغ صاحبه بالأسباب وبالسبل المتاحة له. يمكنك التراجع.",
    ),
    "empty_title": ("Nothing waits for you", "Rien ne vous attend", "لا شيء في انتظارك"),
    "empty_text": (
        "Orders and notices appear here by themselves, the nearest deadline first.",
        "Injonctions et notifications apparaissent ici, l’échéance la plus proche en tête.",
        "تظهر الأوامر والإخطارات هنا تلقائيًا، والأقرب أجلًا أولًا.",
    ),
    "pager_text": ("1 to 25 of 148", "1 à 25 sur 148", "1 إلى 25 من 148"),
    "show_text": ("Show the text", "Montrer le texte", "إظهار النص"),
    "alt": ("A grey square", "Un carré gris", "مربع رمادي"),
    "hard_text": (
        "A harmless text that stands for a hard one.",
        "Un texte anodin qui en remplace un difficile.",
        "نص غير مؤذٍ يقوم مقام نص قاسٍ.",
    ),
    "roads_title": (
        "Why your post is not shown, and what you can do",
        "Pourquoi votre message n’est plus visible, et ce que vous pouvez faire",
        "لماذا لم يعد منشورك ظاهرًا، وما الذي يمكنك فعله",
    ),
    "lead": (
        "An authority of Norland ordered it. We carried out the order and kept your post; nothing is deleted.",
        "Une autorité du Norland l’a ordonné. Nous avons exécuté l’injonction et gardé votre message.",
        "أمرت بذلك سلطة في نورلاند. نفّذنا الأمر وحفظنا منشورك، ولم يُحذف شيء.",
    ),
    "letter_title": (
        "Your post of 3 March is disabled in the Union",
        "Votre message du 3 mars est désactivé dans l’Union",
        "عُطِّل منشورك المؤرخ 3 آذار داخل الاتحاد",
    ),
    "recipient": ("Ada Orme\nUser of Agora", "Ada Orme\nUtilisatrice d’Agora", "آدا أورم\nمستخدمة أغورا"),
    "signed": ("The trust desk of Agora", "Le service de confiance d’Agora", "مكتب الثقة في أغورا"),
}

LETTER: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "On 4 March we received an order of the Digital Office of Norland about your post. We had one hour to carry it out, and we did so within the Union only. Elsewhere your post is still shown.",
        "Le 4 mars, nous avons reçu de l’Office numérique du Norland une injonction visant votre message. Nous avions une heure pour l’exécuter, et ne l’avons fait que dans l’Union. Ailleurs, votre message reste visible.",
        "في 4 آذار تلقينا أمرًا من المكتب الرقمي في نورلاند بشأن منشورك. كانت أمامنا ساعة واحدة لتنفيذه، ولم ننفذه إلا داخل الاتحاد. ما زال منشورك ظاهرًا خارجه.",
    ),
    (
        "The authority says that the post calls for violence. We may not judge an order before we carry it out, but we read it carefully afterwards, and we can challenge it.",
        "L’autorité affirme que le message appelle à la violence. Nous ne pouvons juger une injonction avant de l’exécuter, mais nous l’examinons ensuite et pouvons la contester.",
        "تقول السلطة إن المنشور يدعو إلى العنف. لا يجوز لنا تقييم الأمر قبل تنفيذه، لكننا نفحصه بعناية بعد ذلك، ويمكننا الاعتراض عليه.",
    ),
)


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the sample inbox."""

    number: str
    title: str
    sub: str
    kind: str
    state: str
    tone: str
    due_at: datetime | None
    start_at: datetime | None
    person: str = ""


def _after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _rows(pick: Any) -> list[Row]:
    order, notice, complaint = (
        pick("Removal order", "Injonction", "أمر إزالة"),
        pick("Notice", "Notification", "إخطار"),
        pick("Complaint", "Réclamation", "شكوى"),
    )
    post = pick("Post on the river festival", "Message sur la fête du fleuve", "منشور عن مهرجان النهر")
    video = pick(
        "Video “The long march of the snails”",
        "Vidéo « La longue marche des escargots »",
        "مقطع «مسيرة الحلزونات الطويلة»",
    )
    archive = pick(
        "Archive page of the Tern Museum", "Page d’archives du musée de la Sterne", "صفحة أرشيف متحف الخرشنة"
    )
    check = pick("Execution check", "Contrôle d’exécution", "فحص التنفيذ")
    assess = pick("Assessment", "Appréciation", "تقييم")
    waiting = pick("Waiting", "En attente", "في الانتظار")
    return [
        Row(
            "E-2031-0148",
            post,
            "agora.example/p/8812",
            order,
            check,
            "accent",
            _after(-4),
            _after(-64),
            "Ines Calder",
        ),
        Row(
            "E-2031-0151",
            video,
            "agora.example/v/220",
            order,
            check,
            "accent",
            _after(11.2),
            _after(-48.8),
            "Tom Aker",
        ),
        Row(
            "E-2031-0153",
            archive,
            "tern.example/archive/1911",
            order,
            waiting,
            "neutral",
            _after(38.2),
            _after(-21.8),
        ),
        Row(
            "E-2031-0139",
            post,
            "agora.example/p/8640",
            order,
            assess,
            "accent",
            _after(60 * 23),
            _after(-60 * 25),
            "Mara Lint",
        ),
        Row(
            "E-2031-0122",
            video,
            "agora.example/v/198",
            complaint,
            assess,
            "accent",
            _after(60 * 24 * 9),
            _after(-60 * 24 * 5),
            "Jon Sele",
        ),
        Row("E-2031-0150", archive, "agora.example/p/8790", notice, waiting, "neutral", None, None),
        Row("E-2031-0149", post, "agora.example/p/8788", notice, assess, "accent", None, None, "Mara Lint"),
    ]


class SampleForm(forms.Form):
    """A form with every kind of control."""

    mail = forms.EmailField()
    received = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    kind = forms.ChoiceField(choices=[("a", "TCO 3"), ("b", "DSA 9")])
    text = forms.CharField(widget=forms.Textarea)
    ways = forms.ChoiceField(
        choices=[("mail", "mail.example"), ("form", "form.example")], widget=forms.RadioSelect
    )
    sure = forms.BooleanField()


def sample_form(language: int) -> SampleForm:
    """Make the sample form, filled so that it holds errors."""
    labels = {
        "mail": ("E-mail address", "Adresse électronique", "البريد الإلكتروني"),
        "received": ("When it arrived", "Heure de réception", "وقت الوصول"),
        "kind": ("Instrument", "Instrument", "الأداة القانونية"),
        "text": ("In your own words", "Avec vos mots", "بكلماتك"),
        "ways": ("How it arrived", "Par quelle voie", "طريقة الوصول"),
        "sure": (
            "I believe in good faith that this is right",
            "Je le crois de bonne foi exact",
            "أعتقد بحسن نية أن هذا صحيح",
        ),
    }
    form = SampleForm(
        {"mail": "ada@", "text": "", "ways": "mail", "kind": "a", "sure": "on"}, auto_id="id_%s"
    )
    for name, label in labels.items():
        form.fields[name].label = label[language]
    form.fields["mail"].help_text = (
        "We write there and nowhere else.",
        "Nous n’écrivons qu’à cette adresse.",
        "لا نكتب إلا إلى هذا العنوان.",
    )[language]
    return form


def samples(language: int) -> dict[str, Any]:
    """Give the sample data in one language: 0 English, 1 French, 2 Arabic."""

    def pick(*texts: str) -> str:
        return texts[language]

    sample: dict[str, Any] = {key: texts[language] for key, texts in TEXTS.items()}
    sample["letter"] = [paragraph[language] for paragraph in LETTER]
    sample |= {
        "case_number": "E-2031-0153",
        "alarm_steps": STEPS,
        "due_ample": _after(38.2),
        "start_ample": _after(-21.8),
        "due_near": _after(11.2),
        "start_near": _after(-48.8),
        "due_over": _after(-4.1),
        "due_far": _after(60 * 24 * 12),
        "met_at": _after(-2),
        "icons": sorted(ICONS),
        "poster": "/poster.svg",
        "rows": _rows(pick),
        "headings": {
            "time": pick("Time and states", "Temps et états", "الوقت والحالات"),
            "callouts": pick("Remarks", "Remarques", "ملاحظات"),
            "buttons": pick("Buttons", "Boutons", "أزرار"),
            "forms": pick("Form", "Formulaire", "استمارة"),
            "lists": pick("Lists", "Listes", "قوائم"),
            "care": pick("Content, with care", "Contenu, avec précaution", "المحتوى بعناية"),
            "why": pick("Why", "Pourquoi", "لماذا"),
            "history": pick("History", "Historique", "السجل"),
            "roads": pick("Roads open to you", "Voies qui vous sont ouvertes", "السبل المتاحة لك"),
        },
        "states": [
            {"text": pick("Execution check", "Contrôle d’exécution", "فحص التنفيذ"), "tone": "accent"},
            {"text": pick("Waiting", "En attente", "في الانتظار"), "tone": "neutral"},
            {"text": pick("Applied", "Appliquée", "مطبَّق"), "tone": "ample"},
            {"text": pick("Unverified", "Non authentifiée", "غير موثَّق"), "tone": "near"},
            {"text": pick("Refused", "Refusée", "مرفوض"), "tone": "over"},
        ],
        "steps": [
            pick("What is this?", "Qu’est-ce ?", "ما هذا؟"),
            pick("Elements", "Éléments", "العناصر"),
            pick("Addresses", "Adresses", "العناوين"),
            pick("Check", "Relire", "مراجعة"),
        ],
        "tabs": [
            pick("Check", "Contrôle", "الفحص"),
            pick("Order", "Injonction", "الأمر"),
            pick("Content", "Contenu", "المحتوى"),
            pick("History", "Historique", "السجل"),
        ],
        "columns": [
            pick("Time left", "Temps restant", "الوقت المتبقي"),
            pick("What", "Objet", "الموضوع"),
            pick("Kind", "Nature", "النوع"),
            pick("State", "État", "الحالة"),
            pick("With", "Chez", "لدى"),
            pick("Number", "Numéro", "الرقم"),
        ],
        "filters": [
            (pick("Kind", "Nature", "النوع"), [pick("All", "Toutes", "الكل")]),
            (pick("Language", "Langue", "اللغة"), [pick("All", "Toutes", "الكل")]),
            (pick("With", "Chez", "لدى"), [pick("Everyone", "Tout le monde", "الجميع")]),
        ],
    }
    return sample | _longer(pick)


def _longer(pick: Any) -> dict[str, Any]:
    return {
        "callouts": [
            {
                "kind": "info",
                "title": pick(
                    "You need no lawyer to complain",
                    "Réclamer ne demande pas d’avocat",
                    "لا تحتاج إلى محامٍ لتقديم شكوى",
                ),
                "text": pick(
                    "Someone who did not decide reads your complaint and answers with reasons.",
                    "Une personne qui n’a pas décidé lit votre réclamation et vous répond en motivant.",
                    "يقرأ شكواك شخص لم يشارك في القرار، ويجيبك بأسباب.",
                ),
            },
            {
                "kind": "caution",
                "title": pick(
                    "This address is in the protected corpus",
                    "Cette adresse est dans le corpus protégé",
                    "هذا العنوان ضمن المجموعة المحمية",
                ),
                "text": pick(
                    "Carry out the order in the hour. The legal desk is woken and a scrutiny request is ready.",
                    "Exécutez dans l’heure. Le service juridique est prévenu et une demande d’examen est prête.",
                    "نفّذ الأمر خلال الساعة. أُخطر المكتب القانوني وطلب الفحص جاهز.",
                ),
            },
            {
                "kind": "refusal",
                "title": pick(
                    "This order has no legal basis",
                    "Cette injonction n’a pas de base légale",
                    "هذا الأمر بلا أساس قانوني",
                ),
                "text": pick(
                    "Answer with Annex III, ground “manifest errors”. The text is ready for you.",
                    "Répondez par l’annexe III, motif « erreurs manifestes ». Le texte est prêt.",
                    "أجب بالملحق الثالث، سبب «أخطاء ظاهرة». النص جاهز.",
                ),
            },
            {
                "kind": "success",
                "title": pick(
                    "Disabled at Agora at 14:20:31",
                    "Désactivé chez Agora à 14:20:31",
                    "عُطِّل لدى أغورا في 14:20:31",
                ),
                "text": pick(
                    "Seen from outside: it is no longer served.",
                    "Vu de l’extérieur : n’est plus servi.",
                    "من الخارج: لم يعد متاحًا.",
                ),
            },
        ],
        "facts": [
            (pick("Authority", "Autorité", "السلطة"), "Digital Office of Norland"),
            (pick("Reference", "Référence", "المرجع"), "NO-2031-77"),
            (pick("Basis", "Fondement", "الأساس"), "TCO 3(1)"),
            (pick("Received", "Reçue", "الاستلام"), "4 March 2031, 14:00:00 UTC"),
            (pick("Territory", "Territoire", "النطاق"), pick("The Union", "L’Union", "الاتحاد")),
        ],
        "references": [
            (pick("Our reference", "Notre référence", "مرجعنا"), "E-2031-0153"),
            (pick("Date", "Date", "التاريخ"), "4.3.2031"),
        ],
        "events": [
            {
                "at": _after(-21.8),
                "title": pick("Order received", "Injonction reçue", "استُلم الأمر"),
                "who": "NO-2031-77",
                "icon": "order",
            },
            {
                "at": _after(-21.5),
                "title": pick("Snapshot complete", "Copie complète", "اكتملت النسخة"),
                "icon": "check",
                "tone": "ample",
            },
            {
                "at": _after(-11.8),
                "title": pick("Alarm: 10 minutes", "Alerte : 10 minutes", "تنبيه: 10 دقائق"),
                "who": "Ines Calder",
                "icon": "bell",
                "tone": "near",
            },
        ],
        "questions": [
            {
                "text": pick("Is it authentic?", "Est-elle authentique ?", "هل هو صحيح المصدر؟"),
                "proposal": pick(
                    "Signed with the registered key of the authority.",
                    "Signée avec la clé enregistrée de l’autorité.",
                    "موقَّع بالمفتاح المسجل للسلطة.",
                ),
            },
            {
                "text": pick("Does it bind us here?", "Nous lie-t-elle ici ?", "هل يلزمنا هنا؟"),
                "proposal": pick(
                    "Norland is competent; we are established in the Union.",
                    "Le Norland est compétent ; nous sommes établis dans l’Union.",
                    "نورلاند مختصة، ومقرنا داخل الاتحاد.",
                ),
            },
            {
                "text": pick(
                    "Is everything there that Art. 3(4) asks?",
                    "Tous les éléments de l’art. 3(4) y sont-ils ?",
                    "هل جميع عناصر المادة 3(4) موجودة؟",
                ),
                "proposal": pick(
                    "All seven elements are there.", "Les sept éléments y sont.", "العناصر السبعة موجودة."
                ),
            },
        ],
        "roads": [
            {
                "title": pick("Ask for scrutiny", "Demander un examen", "طلب الفحص"),
                "text": pick(
                    "An authority of our state checks the order within 72 hours.",
                    "Une autorité de notre État vérifie l’injonction en 72 heures.",
                    "تتحقق سلطة في دولتنا من الأمر خلال 72 ساعة.",
                ),
                "due_at": _after(60 * 46),
                "action": pick("Prepare my request", "Préparer ma demande", "إعداد طلبي"),
            },
            {
                "title": pick(
                    "Go to court in Norland", "Saisir le juge au Norland", "اللجوء إلى القضاء في نورلاند"
                ),
                "text": pick(
                    "The court of the state that gave the order can annul it.",
                    "Le juge de l’État qui a émis l’injonction peut l’annuler.",
                    "يمكن لمحكمة الدولة التي أصدرت الأمر إلغاؤه.",
                ),
                "due_at": None,
                "action": pick("How to do that", "Comment faire", "كيفية ذلك"),
            },
        ],
    }
