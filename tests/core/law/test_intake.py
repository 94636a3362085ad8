"""What is this? Proposals in five languages; nothing is ever settled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.law.forms import complete_order

from entente.core.law.intake import IntakeFacts, Kind, fold, propose
from entente.core.law.orders import RemovalOrderForm, SectionA

ORDERS = [
    "Removal order under Regulation (EU) 2021/784: https://agora.example/7",
    "INJONCTION DE RETRAIT prise en application du règlement (UE) 2021/784, à exécuter sous une heure",
    "Entfernungsanordnung nach der Verordnung (EU) 2021/784",
    "Orden de retirada conforme al Reglamento (UE) 2021/784",
    "أمر إزالة بموجب اللائحة (الاتحاد الأوروبي) 2021/784",
    "Under Regulation (EU) 2021/784 this must be gone within one hour.",
]
NOTICES = [
    "I want to report this post: https://agora.example/7",
    "Je souhaite signaler cette publication.",
    "Ich möchte melden, was dort steht.",
    "Quiero denunciar esta publicación.",
    "أود الإبلاغ عن هذا المنشور",
]
REFERRALS = [
    "This referral is for your voluntary consideration against your terms of service.",
    "Signalement volontaire, au regard de vos conditions générales.",
    "Zur Prüfung nach Ihren Nutzungsbedingungen.",
    "Para su consideración voluntaria conforme a sus condiciones de uso.",
    "إحالة للنظر الطوعي وفق شروط الخدمة",
]
DATA = [
    "Please send us the subscriber data and the IP address.",
    "Réquisition : merci de communiquer l'identité de l’utilisateur.",
    "Wir bitten um die Bestandsdaten.",
    "Solicitamos los datos del abonado.",
    "نطلب بيانات المشترك",
    "Please preserve everything about this account.",
]
THREATS = [
    "Someone writes that an imminent attack is planned.",
    "Il y a une menace imminente.",
    "Es besteht Lebensgefahr.",
    "Hay una amenaza inminente.",
    "هناك تهديد وشيك",
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, Kind.REMOVAL_ORDER) for text in ORDERS),
        *((text, Kind.NOTICE) for text in NOTICES),
        *((text, Kind.REFERRAL) for text in REFERRALS),
        *((text, Kind.DATA_REQUEST) for text in DATA),
        *((text, Kind.THREAT_TO_LIFE) for text in THREATS),
        ("Order to act under Article 9 of the Digital Services Act", Kind.OTHER_BINDING_ORDER),
        ("Notice under section 3 of the Terrorism Act 2006", Kind.OTHER_BINDING_ORDER),
        ("Demande au titre de la loi n° 2004-575 (LCEN), sous 24 heures", Kind.OTHER_BINDING_ORDER),
        ("Good morning", Kind.UNCLEAR),
        ("", Kind.UNCLEAR),
    ],
)
def test_proposals_by_text(text: str, kind: Kind) -> None:
    proposal = propose(IntakeFacts(text=text))
    assert proposal.kind is kind
    assert proposal.reasons
    assert proposal.kind not in proposal.alternatives


def test_a_police_mail_without_a_legal_basis_is_no_order() -> None:
    text = "Police of Belmara: you are ordered to delete https://agora.example/7 within one hour."
    known = propose(IntakeFacts(text=text, sender_in_register=True, sender_domain="police.example"))
    assert known.kind is Kind.REFERRAL
    assert "no_basis" in {reason.code for reason in known.reasons}
    unknown = propose(IntakeFacts(text=text))
    assert unknown.kind is Kind.UNCLEAR
    assert Kind.REMOVAL_ORDER in unknown.alternatives


def test_a_form_with_missing_boxes_is_an_order() -> None:
    form = RemovalOrderForm(section_a=SectionA(reference="7"))
    proposal = propose(IntakeFacts(form=form))
    assert proposal.kind is Kind.REMOVAL_ORDER
    assert [reason.code for reason in proposal.reasons] == ["form", "form_incomplete"]
    whole = propose(IntakeFacts(form=RemovalOrderForm.from_json(complete_order())))
    assert [reason.code for reason in whole.reasons] == ["form"]


def test_an_empty_form_says_nothing() -> None:
    assert propose(IntakeFacts(form=RemovalOrderForm(exercise=True))).kind is Kind.UNCLEAR


def test_a_home_made_form_from_a_free_mail_address_says_so() -> None:
    form = RemovalOrderForm.from_json(complete_order())
    proposal = propose(IntakeFacts(form=form, sender_domain="Gmail.com."))
    assert proposal.kind is Kind.REMOVAL_ORDER
    assert "It comes from a free mail service (gmail.com)." in {reason.text for reason in proposal.reasons}


def test_a_threat_beside_an_order_is_not_overlooked() -> None:
    proposal = propose(IntakeFacts(text=f"{ORDERS[0]} There is an imminent threat. Send the IP address."))
    assert proposal.kind is Kind.REMOVAL_ORDER
    assert "threat" in {reason.code for reason in proposal.reasons}
    assert proposal.alternatives == (Kind.THREAT_TO_LIFE, Kind.DATA_REQUEST, Kind.UNCLEAR)


def test_the_notice_form_makes_a_notice() -> None:
    proposal = propose(IntakeFacts(text="It is terrible.", through_notice_form=True))
    assert proposal.kind is Kind.NOTICE
    assert [reason.code for reason in proposal.reasons] == ["notice_form"]


def test_an_authority_that_only_names_an_address_refers() -> None:
    assert propose(IntakeFacts(text="https://agora.example/7", sender_in_register=True)).kind is Kind.REFERRAL


def test_what_is_unclear_keeps_its_possibilities() -> None:
    other = propose(IntakeFacts(text="We write about the Terrorism Act 2006.", sender_in_register=True))
    assert other.kind is Kind.UNCLEAR
    assert other.alternatives == (Kind.OTHER_BINDING_ORDER, Kind.REFERRAL, Kind.NOTICE)


def test_folding_ignores_case_accents_and_marks() -> None:
    assert fold("  RÈGLEMENT\n d’État ") == "reglement d'etat"
    assert fold("أَمْر") == fold("امر")


def test_a_word_inside_another_word_does_not_count() -> None:
    assert propose(IntakeFacts(text="the unreferral")).kind is Kind.UNCLEAR


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=20), st.booleans(), st.booleans())
def test_every_message_gets_a_proposal_with_reasons(text: str, domain: str, known: bool, form: bool) -> None:  # noqa: FBT001
    proposal = propose(
        IntakeFacts(text=text, sender_domain=domain, sender_in_register=known, through_notice_form=form)
    )
    assert proposal.reasons
    assert len(set(proposal.alternatives)) == len(proposal.alternatives)
    assert proposal.kind not in proposal.alternatives


@pytest.mark.parametrize(
    ("text", "order_type"),
    [
        ("Order to act under Article 9 of the Digital Services Act", "eu.dsa.art9_order"),
        ("Notice under section 3 of the Terrorism Act 2006", "uk.ta2006.s3_notice"),
        ("Removal notice under section 109, Online Safety Act 2021", "au.osa.s109_notice"),
        ("Demande au titre de la loi n° 2004-575 (LCEN), sous 24 heures", "fr.lcen.withdrawal_request"),
        ("An order under the exercise code of Belmara", ""),
        ("Removal order under Regulation (EU) 2021/784", ""),
        ("Good morning", ""),
    ],
)
def test_the_law_a_message_cites_is_proposed_with_it(text: str, order_type: str) -> None:
    assert propose(IntakeFacts(text=text)).order_type == order_type


def test_a_form_that_names_another_law_is_no_removal_order() -> None:
    form = RemovalOrderForm.from_json(complete_order())
    proposal = propose(IntakeFacts(form=form, order_type="eu.dsa.art9_order"))
    assert (proposal.kind, proposal.order_type) == (Kind.OTHER_BINDING_ORDER, "eu.dsa.art9_order")
    assert [reason.text for reason in proposal.reasons] == [
        "A form is filled in that names another law: Order to act against illegal content."
    ]
    for known in ("eu.tco.removal_order", "xx.unheard_of", ""):
        assert propose(IntakeFacts(form=form, order_type=known)).kind is Kind.REMOVAL_ORDER


@pytest.mark.parametrize(
    ("text", "known", "urgent"),
    [
        (ORDERS[0], False, True),
        ("Order to act under Article 9 of the Digital Services Act", False, True),
        (THREATS[0], False, True),
        ("You must remove it within one hour.", False, True),
        ("You must remove https://agora.example/7 within one hour.", True, True),
        ("This is an order to remove it.", False, False),
        (NOTICES[0], False, False),
        (DATA[0], False, False),
        ("Good morning", False, False),
    ],
)
def test_people_ring_for_what_may_have_a_clock(text: str, known: bool, urgent: bool) -> None:  # noqa: FBT001
    assert propose(IntakeFacts(text=text, sender_in_register=known)).is_urgent is urgent
