"""Names, places and words of the many people of the large demo."""

from __future__ import annotations

from .people import MEMBERS, PRAISE

FIRST = (
    "Ada Aisha Akira Alba Amir Ana Anders Anouk Aroha Astrid Ayo Beatriz Björn Bruno Camila Carlos Chidi Chloé "
    "Dana Daniel Defne Diego Elif Elena Emeka Emil Esther Eva Farid Fatima Femi Freya Giulia Gustav Hana Hassan "
    "Hedda Hugo Ibrahim Ida Imani Ines Ingrid Isla Ivan Jana Javier Joana Joon Kaja Kavya Kemal Kofi Lara Lars "
    "Layla Leo Lina Liv Luca Lucía Magnus Mai Malik Marta Mateus Maya Milan Mina Mira Nadia Nala Nico Nina Noa "
    "Nour Olga Omar Oskar Pavel Pedro Petra Quinn Rafa Rania Ravi Rosa Sami Sana Sara Selin Signe Sina Sora "
    "Tariq Thandi Tomás Uma Valentina Vera Viktor Wangari Wei Wren Yara Yuki Yusuf Zara Zoe"
).split()
LAST = (
    "Abebe Adeyemi Aguilar Ahmed Almeida Andersen Arslan Baker Banerjee Bauer Becker Berg Bianchi Castillo Chen "
    "Costa Cruz Dahl Das Demir Diaz Dubois Eriksen Eze Farah Fernandes Fischer Fontaine Fraser Fujita Garcia "
    "Ghosh Gomez Greco Haddad Hansen Hayes Hoang Horvat Ibrahim Ito Jansen Jensen Kaya Keller Khan Kim Kimura "
    "Kowalski Kumar Lam Larsen Lee Lima Lindberg Lopez Maier Mbeki Mendes Moreau Moretti Mori Mwangi Nair "
    "Nakamura Ndiaye Nguyen Nielsen Novak Nowak Okafor Okoye Olsen Ortiz Park Patel Pereira Petrov Popa Quispe "
    "Ramos Reyes Ricci Rossi Ruiz Saito Sánchez Santos Sato Schmid Shah Silva Singh Smit Sousa Suzuki Takahashi "
    "Tan Torres Tran Vargas Vega Virtanen Vos Wagner Walker Wang Weber Wood Yılmaz Young Zhang Zimmer"
).split()
PLACES = [member.place for member in MEMBERS] + (
    "Accra,Athens,Bergen,Berlin,Bogotá,Bristol,Cape Town,Cusco,Da Nang,Dublin,Fes,Ghent,Glasgow,Hanoi,Havana,"
    "Helsinki,Istanbul,Jaipur,Jeonju,Kampala,Kraków,Lima,Lisbon,Ljubljana,Marseille,Melbourne,Montréal,Mumbai,"
    "Nairobi,Oslo,Palermo,Perth,Quito,Reykjavík,Rotterdam,Seville,Tallinn,Tbilisi,Valparaíso,Wellington"
).split(",")
BIOS = [
    "",
    "Here for the light.",
    "Film, when I can afford it.",
    "Mostly trees.",
    "I walk, I stop, I look.",
    "Learning to wait.",
    "Pictures from the bus.",
    "One lens, one dog.",
    "Nights and weekends.",
    "Weather permitting.",
    "Less sky, more street.",
    "From my window.",
]
ALBUMS = [
    "This year",
    "Near home",
    "Sundays",
    "On the way",
    "Leftovers",
    "Light studies",
    "With the old camera",
    "Elsewhere",
]
COMMENTS = PRAISE

CAPTIONS: dict[str, list[str]] = {}
"""Scene → what the twelve called theirs, and what may be said of any."""
for _member in MEMBERS:
    for _photos in _member.albums.values():
        for _scene, _caption in _photos:
            CAPTIONS.setdefault(_scene, ["Untitled", "Again", "Just now", "Before it went"]).append(_caption)
