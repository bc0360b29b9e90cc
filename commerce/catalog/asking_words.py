"""Words of asking, folded: what stands around the name of a thing in a question. They are never put right, and where no product has them they
need not be found: `algo para cortar pan` asks for what cuts bread, not for something called `alto`.
"""

from typing import Final

_SPANISH = """
    algo alguna alguno algunas algunos aquel aquella bajo busco buscar como comprar con contra cual cuando cuanto cuantos del desde donde ella
    ellas ellos entre esta estas este estos esto esa esas ese esos eso fue fuera hacer hacia hasta hay las los mas mejor mis mucha mucho
    muchas muchos muy necesito nuestra nuestro otra otro otras otros para pero poco por porque puede puedo que quien quiero quisiera ser sin
    sobre son sus tambien tanto tener tengo tiene tienen tienes toda todas todo todos una unas uno unos vuestra vuestro
"""
_CATALAN = """
    algun alguna algunes alguns altra altre altres aquell aquella aquelles aquells aquest aquesta aquestes aquests aixo busco buscar com
    comprar contra entre fer fins hem meu meus meva meves mes molt molta moltes molts necessito nostra nostre nostres pels perque
    qual qualsevol quan quin quina quines quins sense ser seu seus seva seves sobre sota tambe tenir teniu tens teu teus teva teves tinc tota
    totes tot tots vosaltres vostra vostre voldria vull
"""
_ENGLISH = """
    about any anything are but buy can does find for from give have having her hers his how into like looking mine more most much myself need
    needs off our ours please some something such than that the their theirs them then there these they thing things this those too very want
    wanted what when where which while who why will with without would you your yours
"""
ASKING: Final = frozenset(f"{_SPANISH} {_CATALAN} {_ENGLISH}".split())
