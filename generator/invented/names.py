"""Names that are common where they come from, by country and gender; no two stand for anybody.

Only a given name, or only a surname with its title, is ever used of an invented person: together
they might be somebody's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """One country's names; men and women stand in pairs, surnames are of either."""

    country: str
    men: tuple[str, ...]
    women: tuple[str, ...]
    surnames: tuple[str, ...]


def _origin(country: str, men: str, women: str, surnames: str) -> Origin:
    return Origin(country, tuple(men.split()), tuple(women.split()), tuple(surnames.split()))


#: No name stands twice, and none is a word of our stories.
ORIGINS = (
    _origin("Poland", "Piotr Tomasz Marek", "Anna Magda Ewa", "Nowak Wozniak Mazur"),
    _origin("Nigeria", "Emeka Tunde Chidi", "Ngozi Amaka Funke", "Okafor Adeyemi Balogun"),
    _origin("Portugal", "Rui Tiago Nuno", "Catarina Marta Beatriz", "Ferreira Carvalho Teixeira"),
    _origin("Turkey", "Emre Murat Kerem", "Elif Zeynep Derya", "Yilmaz Demir Aydin"),
    _origin("Vietnam", "Minh Tuan Quang", "Huong Thuy Trang", "Nguyen Tran Pham"),
    _origin("Peru", "Diego Jorge Raul", "Rosa Lucia Pilar", "Quispe Huaman Rojas"),
    _origin("Finland", "Mikko Antti Jari", "Aino Liisa Kaisa", "Virtanen Korhonen Nieminen"),
    _origin("Kenya", "Kamau Otieno Juma", "Wanjiru Achieng Njeri", "Kariuki Odhiambo Wekesa"),
    _origin("Germany", "Jonas Lukas Moritz", "Lena Greta Johanna", "Keller Brandt Seidel"),
    _origin("Lebanon", "Karim Samir Fadi", "Rania Nadia Layla", "Haddad Khoury Mansour"),
    _origin("Nepal", "Bikash Suresh Dipak", "Sunita Anjali Sarita", "Gurung Tamang Shrestha"),
    _origin("Chile", "Matias Rodrigo Felipe", "Carolina Javiera Paz", "Fuentes Sepulveda Araya"),
)

#: Places that exist nowhere.
PLACES = (
    "Port Mellin", "Brell", "Orrin Bay", "Tarnwick", "Marrow Hill", "Skelby", "Averley", "Dunmere",
    "Hollin Falls", "Ostrel", "Penn Creek", "Calder Hill",
)  # fmt: skip
