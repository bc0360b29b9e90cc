"""What the mails about accounts say, in three languages."""

from typing import Final

_TEXTS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "verify": {
        "en": (
            "Confirm your e-mail",
            (
                "Somebody, you we hope, wants to open an account with this address. To confirm, enter this code:\n\n{code}\n\n"
                "It is valid for two days. If it was not you, do nothing: no account is opened.\n"
            ),
        ),
        "es": (
            "Confirme su correo",
            (
                "Alguien, esperamos que usted, quiere abrir una cuenta con esta dirección. Para confirmarlo, introduzca este código:\n\n{code}\n\n"
                "Vale dos días. Si no ha sido usted, no haga nada: no se abrirá ninguna cuenta.\n"
            ),
        ),
        "ca": (
            "Confirmeu el vostre correu",
            (
                "Algú, esperem que vós, vol obrir un compte amb aquesta adreça. Per confirmar-ho, introduïu aquest codi:\n\n{code}\n\n"
                "Val dos dies. Si no heu estat vós, no feu res: no s'obrirà cap compte.\n"
            ),
        ),
    },
    "known": {
        "en": (
            "You already have an account",
            (
                "Somebody, you we hope, tried to open an account with this address. You have one already: sign in with it, or ask for a new "
                "password if you do not know yours any more. If it was not you, do nothing.\n"
            ),
        ),
        "es": (
            "Ya tiene una cuenta",
            (
                "Alguien, esperamos que usted, ha intentado abrir una cuenta con esta dirección. Ya tiene una: inicie sesión con ella, o pida una "
                "contraseña nueva si no recuerda la suya. Si no ha sido usted, no haga nada.\n"
            ),
        ),
        "ca": (
            "Ja teniu un compte",
            (
                "Algú, esperem que vós, ha intentat obrir un compte amb aquesta adreça. Ja en teniu un: inicieu-hi la sessió, o demaneu una "
                "contrasenya nova si no recordeu la vostra. Si no heu estat vós, no feu res.\n"
            ),
        ),
    },
    "reset": {
        "en": (
            "Set a new password",
            (
                "To set a new password, enter this code:\n\n{code}\n\nIt is valid for one hour. If you did not ask for it, do nothing: your "
                "password stays as it is.\n"
            ),
        ),
        "es": (
            "Establezca una contraseña nueva",
            (
                "Para establecer una contraseña nueva, introduzca este código:\n\n{code}\n\nVale una hora. Si no lo ha pedido usted, no haga nada: "
                "su contraseña no cambia.\n"
            ),
        ),
        "ca": (
            "Establiu una contrasenya nova",
            (
                "Per establir una contrasenya nova, introduïu aquest codi:\n\n{code}\n\nVal una hora. Si no l'heu demanat vós, no feu res: la "
                "vostra contrasenya no canvia.\n"
            ),
        ),
    },
    "invite": {
        "en": (
            "Your access",
            "You have been given access to the back office. To set your password, enter this code:\n\n{code}\n\nIt is valid for seven days.\n",
        ),
        "es": (
            "Su acceso",
            "Se le ha dado acceso a la administración. Para establecer su contraseña, introduzca este código:\n\n{code}\n\nVale siete días.\n",
        ),
        "ca": (
            "El vostre accés",
            "Se us ha donat accés a l'administració. Per establir la vostra contrasenya, introduïu aquest codi:\n\n{code}\n\nVal set dies.\n",
        ),
    },
}


def mail_text(kind: str, language: str, code: str) -> tuple[str, str]:
    """Gives subject and text of a mail; `kind` is verify, known, reset or invite."""
    subject, text = _TEXTS[kind].get(language) or _TEXTS[kind]["en"]
    return subject, text.format(code=code)
