"""What identity refuses."""

from commerce.kernel.errors import Refusal
from commerce.platform.database import refuse_on


class WrongCredentials(Refusal):
    """The e-mail and the password do not belong together."""

    code = "wrong_credentials"
    status = 401
    es = "El correo y la contraseña no corresponden."
    ca = "El correu i la contrasenya no corresponen."


class SessionEnded(Refusal):
    """The session has ended; sign in again."""

    code = "session_ended"
    status = 401
    es = "La sesión ha terminado; inicie sesión de nuevo."
    ca = "La sessió ha acabat; torneu a iniciar-la."


class InvalidOneTimeToken(Refusal):
    """The code from the mail is unknown, used or too old."""

    code = "invalid_one_time_token"
    status = 422
    es = "El código del correo es desconocido, ya se usó o ha caducado."
    ca = "El codi del correu és desconegut, ja s'ha fet servir o ha caducat."


class TooManyAttempts(Refusal):
    """Too many attempts; wait before trying again."""

    code = "too_many_attempts"
    status = 429
    es = "Demasiados intentos; espere antes de volver a probar."
    ca = "Massa intents; espereu abans de tornar-ho a provar."


class CannotGrant(Refusal):
    """Nobody can give more than they have."""

    code = "cannot_grant"
    status = 403
    es = "Nadie puede conceder más de lo que tiene."
    ca = "Ningú no pot concedir més del que té."


class BuiltInRole(Refusal):
    """A built-in role cannot be changed."""

    code = "built_in_role"
    status = 409
    es = "Un rol incorporado no se puede cambiar."
    ca = "Un rol incorporat no es pot canviar."


class RoleInUse(Refusal):
    """The role is still given to somebody."""

    code = "role_in_use"
    status = 409
    es = "El rol todavía está asignado a alguien."
    ca = "El rol encara està assignat a algú."


class RoleCodeTaken(Refusal):
    """Another role has this code."""

    code = "role_code_taken"
    status = 409
    es = "Otro rol ya tiene este código."
    ca = "Un altre rol ja té aquest codi."


class StaffEmailTaken(Refusal):
    """Another staff member has this e-mail."""

    code = "staff_email_taken"
    status = 409
    es = "Otro miembro del personal ya tiene este correo."
    ca = "Un altre membre del personal ja té aquest correu."


class LastAdministrator(Refusal):
    """Somebody must remain who may do everything."""

    code = "last_administrator"
    status = 409
    es = "Debe quedar alguien que pueda hacerlo todo."
    ca = "Ha de quedar algú que ho pugui fer tot."


refuse_on("uq_roles_code", lambda: RoleCodeTaken("Choose another code."))
refuse_on("uq_staff_members_email_key", lambda: StaffEmailTaken("Choose another e-mail, or change that member."))
refuse_on("fk_staff_roles_role_id_roles", lambda: RoleInUse("Take it from its holders first, then delete it."))
