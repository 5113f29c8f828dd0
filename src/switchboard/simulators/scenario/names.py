"""Names and places for people who do not exist."""

from __future__ import annotations

FIRST_NAMES = (
    "Abigail", "Adrian", "Aisha", "Alan", "Alice", "Amara", "Andre", "Angela", "Anita", "Anthony",
    "Beatriz", "Benjamin", "Bianca", "Brandon", "Brenda", "Caleb", "Camila", "Carlos", "Carol",
    "Cedric", "Chloe", "Craig", "Cynthia", "Damon", "Daniela", "Darnell", "Deborah", "Derek",
    "Diana", "Dmitri", "Dolores", "Edgar", "Elaine", "Elena", "Elijah", "Emeka", "Erica", "Ethan",
    "Farah", "Felix", "Fiona", "Gabriel", "Gina", "Grace", "Gregory", "Hannah", "Harold", "Hector",
    "Ingrid", "Isaac", "Ivan", "Jada", "Jamal", "Janet", "Jasmine", "Joel", "Josephine", "Julian",
    "Karen", "Keith", "Kimiko", "Lamar", "Laura", "Leon", "Lillian", "Luis", "Mabel", "Malik",
    "Marcus", "Marisol", "Martha", "Mei", "Miguel", "Monica", "Nadia", "Nathan", "Nora", "Omar",
    "Paige", "Patrick", "Priya", "Quentin", "Rachel", "Ramon", "Renee", "Roland", "Rosa", "Samuel",
    "Selena", "Simon", "Sofia", "Tamika", "Theo", "Tomas", "Ursula", "Victor", "Wanda", "Xavier",
    "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Acosta", "Alvarez", "Ames", "Bailey", "Banerjee", "Barnes", "Beck", "Boyle",
    "Brennan", "Calloway", "Castillo", "Chambers", "Cho", "Conway", "Cortez", "Dalton", "Delgado",
    "Dixon", "Donnelly", "Eaton", "Ellison", "Espinoza", "Farley", "Figueroa", "Fleming", "Foster",
    "Gallagher", "Garrison", "Gibbs", "Goldberg", "Grady", "Haines", "Hampton", "Hayashi", "Hobbs",
    "Horvat", "Ibarra", "Ingram", "Jansen", "Jefferson", "Kaplan", "Keller", "Khan", "Kowalski",
    "Larkin", "Lindgren", "Lozano", "Lynch", "MacDonald", "Maddox", "Marchetti", "McBride",
    "Mendez", "Mercer", "Moreau", "Nakamura", "Nash", "Novak", "O'Connell", "Okafor", "Olsen",
    "Ortega", "Padilla", "Parrish", "Patel", "Pruitt", "Quigley", "Ramsey", "Reilly", "Rossi",
    "Salazar", "Sandoval", "Schroeder", "Shaw", "Silva", "Sorensen", "Stokes", "Sutton", "Tanaka",
    "Thornton", "Tran", "Underwood", "Vargas", "Vaughn", "Walsh", "Webster", "Whitaker", "Wolfe",
    "Yates", "Zamora", "Zielinski",
)  # fmt: skip
COMPANIES = (
    "Ambler Dental Group", "Blue Spruce Catering", "Bridgewater Legal", "Cedar & Pine Interiors",
    "Delaware Valley Tutors", "Fishtown Bakery", "Front Range Outfitters", "Golden Triangle Gym",
    "Harbor Light Church", "Highland Veterinary", "Lancaster Orchards", "Mile High Movers",
    "Monongahela Marine", "Old City Gallery", "Penn Charter Realty", "Platte River Brewing",
    "Schuylkill Property Care", "Steel City Cyclery", "Three Rivers Clinic", "Wissahickon Books",
)  # fmt: skip
# Area code, city as people write it, state. 555 numbers above 0199 belong to nobody.
AREAS = (
    ("215", "Philadelphia", "PA"), ("267", "Philadelphia", "PA"), ("445", "Philadelphia", "PA"),
    ("610", "Allentown", "PA"), ("484", "Reading", "PA"), ("717", "Harrisburg", "PA"),
    ("570", "Scranton", "PA"), ("814", "Erie", "PA"), ("412", "Pittsburgh", "PA"),
    ("724", "New Castle", "PA"), ("878", "Pittsburgh", "PA"), ("856", "Camden", "NJ"),
    ("609", "Trenton", "NJ"), ("302", "Wilmington", "DE"), ("304", "Morgantown", "WV"),
    ("330", "Youngstown", "OH"), ("303", "Denver", "CO"), ("720", "Denver", "CO"),
    ("970", "Fort Collins", "CO"), ("719", "Colorado Springs", "CO"), ("307", "Cheyenne", "WY"),
    ("505", "Albuquerque", "NM"), ("801", "Salt Lake City", "UT"), ("402", "Omaha", "NE"),
    ("212", "New York", "NY"), ("646", "New York", "NY"), ("917", "New York", "NY"),
    ("301", "Rockville", "MD"), ("410", "Baltimore", "MD"), ("703", "Arlington", "VA"),
    ("617", "Boston", "MA"), ("312", "Chicago", "IL"), ("614", "Columbus", "OH"),
    ("216", "Cleveland", "OH"), ("404", "Atlanta", "GA"), ("602", "Phoenix", "AZ"),
)  # fmt: skip
ABROAD = (
    ("+44207946", 4, "London"),  # Numbers set aside for drama in their countries.
    ("+4930231250", 2, "Berlin"),
    ("+6125550", 4, "Sydney"),
)
