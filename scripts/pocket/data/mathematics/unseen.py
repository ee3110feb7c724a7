"""Questions written by hand that no template produces; used for the test only."""

from __future__ import annotations

from scripts.pocket.data.mathematics.asking import PROGRAM_PROMPT
from scripts.pocket.data.mathematics.talk import tables
from scripts.pocket.data.sample import Language, Sample

# Task, language, question and the result in the box (or the intent, for small talk; "" for a declined question).
UNSEEN: tuple[tuple[str, Language, str, str], ...] = (
    ("derivative", "en", "My teacher gave me f(x) = 5x^4 - 3x + 8. So what would f' be?", "20x^3 - 3"),
    ("derivative", "en", "how fast does y = 6t^2 - 11t change?", "12t - 11"),
    ("derivative", "en", "rate of change of 4x³ - 9x² please", "12x^2 - 18x"),
    ("derivative", "en", "Write down dy/dx when y = x^5 + 3x^2 - 14", "5x^4 + 6x"),
    ("derivative", "en", "f(x)=2x^3+7x-1, f'(x)=?", "6x^2 + 7"),
    ("derivative", "en", "I forgot how to differentiate -3x⁴ + x², can you remind me?", "-12x^3 + 2x"),
    ("derivative", "en", "Derivative of the constant function f(x) = 17?", "0"),
    ("derivative", "en", "The position is s = 5t^2 + 3t, which is the velocity?", "10t + 3"),
    ("derivative", "id", "Guru saya memberi f(x) = 3x^2 - 8x, jadi f'(x) itu apa?", "6x - 8"),
    ("derivative", "id", "Tolong dong turunannya y = x⁴ - 6x", "4x^3 - 6"),
    ("derivative", "id", "dy/dx dari y = 9x - 2x^3 itu bagaimana?", "-6x^2 + 9"),
    ("linear", "en", "I think of a number: 4x + 9 = 33. Which number is it?", "x = 6"),
    ("linear", "en", "Get x from 6x - 5 = 2x + 19, would you?", "x = 6"),
    ("linear", "en", "2(x + 7) = 20 ... x?", "x = 3"),
    ("linear", "en", "My homework says 3t + 4 = 18, so t must be what?", "t = 14/3"),
    ("linear", "en", "Someone claims -5x + 10 = 45 has a solution. Which?", "x = -7"),
    ("linear", "en", "Make x the subject: 8x = 96", "x = 12"),
    ("linear", "en", "When does 9 - 2x equal 1? I mean 9 - 2x = 1", "x = 4"),
    ("linear", "id", "Saya memikirkan bilangan: 5x - 6 = 29. Bilangan apa itu?", "x = 7"),
    ("linear", "id", "Kalau 3x + 2 = x + 12 maka x-nya?", "x = 5"),
    ("linear", "id", "Teman saya bingung soal 4(x - 1) = 28, x berapa sih?", "x = 8"),
    ("quadratic", "en", "Help, I am stuck at x^2 - 9x + 14 = 0", "x = 2, x = 7"),
    ("quadratic", "en", "Which numbers make x² + 2x - 24 = 0 come true?", "x = -6, x = 4"),
    ("quadratic", "en", "zeros of the parabola: x^2 - 8x + 16 = 0", "x = 4"),
    ("quadratic", "en", "Does x^2 + x + 5 = 0 have any real answer?", "no real roots"),
    ("quadratic", "en", "2x^2 + 3x - 2 = 0, both answers please", "x = -2, x = 1/2"),
    ("quadratic", "en", "Tell me when x^2 = 49 holds", "x = -7, x = 7"),
    ("quadratic", "en", "Where does x² - x - 12 = 0 hold on the number line?", "x = -3, x = 4"),
    ("quadratic", "id", "Saya buntu di soal x^2 - 7x + 10 = 0", "x = 2, x = 5"),
    ("quadratic", "id", "x² + 4x + 4 = 0 itu x-nya berapa saja?", "x = -2"),
    ("quadratic", "id", "Bilangan mana yang memenuhi x^2 - 3x - 18 = 0?", "x = -3, x = 6"),
    ("critical", "en", "On which x does the curve f(x) = x^3 - 12x + 1 go flat?", "x = -2, x = 2"),
    ("critical", "en", "I want the peak and the valley of y = x³ - 3x² - 9x", "x = -1, x = 3"),
    ("critical", "en", "The lowest point of f(x) = x^2 - 10x + 3, at which x?", "x = 5"),
    ("critical", "en", "Please classify where f'(x) = 0 for f(x) = 2x^3 - 15x^2 + 36x", "x = 2, x = 3"),
    ("critical", "id", "Di x berapa kurva f(x) = x^3 - 27x mendatar?", "x = -3, x = 3"),
    ("critical", "id", "Titik paling rendah y = x² - 4x + 9 ada di x berapa?", "x = 2"),
    ("simplify", "en", "Can this be shorter: 6x + 4 - 2x + 9", "4x + 13"),
    ("simplify", "en", "Let me see (x + 6)(x - 2) without brackets", "x^2 + 4x - 12"),
    ("simplify", "en", "what happens to 3(2x - 5) + 4x when I open it up?", "10x - 15"),
    ("simplify", "en", "put together 7x^2 - 3x + 2x^2 + 8x", "9x^2 + 5x"),
    ("simplify", "id", "Bisa lebih pendek? 8x - 3 - 5x + 10", "3x + 7"),
    ("simplify", "id", "Tulis (x - 3)(x - 4) tanpa kurung", "x^2 - 7x + 12"),
    ("percent", "en", "My bill is $60 and I want to leave a 15% tip. How big is the tip?", "9"),
    ("percent", "en", "A phone was $500, now there is 20% off. So I pay?", "400"),
    ("percent", "en", "In my class 18 of 24 pupils have a bike. Percentage?", "75\\%"),
    ("percent", "en", "Rent is $1200 and goes up 5%. New rent?", "1260"),
    ("percent", "en", "quarter question: 25% of 360 makes", "90"),
    ("percent", "en", "Suppose 15% of a company with 2000 people work at home. How many?", "300"),
    ("percent", "id", "Tas 300 dolar diskon 10%, jadinya berapa?", "270"),
    ("percent", "id", "Nilai saya 45 dari 60, itu berapa persen ya?", "75\\%"),
    ("percent", "id", "Kalau 30% dari 250 itu jadinya?", "75"),
    ("growth", "en", "Savings of $2000 with 10% added every year, what is there after 2 years?", "2420"),
    ("growth", "en", "My followers, 400 now, grow 50% a month. How many in 2 months?", "900"),
    ("growth", "en", "Put $800 in a bank with simple interest of 5% for 3 years, how much is in it then?", "920"),
    ("growth", "en", "The firm made $4 million in 2021, plus 10% each year. Is $5 million by 2024 realistic?", "yes"),
    ("growth", "id", "Tabungan 1000 dolar tumbuh 20% tiap tahun, dua kali (2 tahun). Jadi berapa?", "1440"),
    ("growth", "id", "Pinjam 600 dolar, bunga tunggal 10% setahun, 2 tahun. Total utang?", "720"),
    ("tool", "en", "I wonder which x fits 7x - 12 = 30", "x = 6"),
    ("tool", "en", "Could you total all integers 1 to 250?", "31375"),
    ("tool", "en", "x^2 - 11x + 30 = 0, what are the answers?", "x = 5, x = 6"),
    ("tool", "en", "A tip of 18% on $350, how much?", "63"),
    ("tool", "id", "x mana yang cocok untuk 4x + 9 = 41?", "x = 8"),
    ("tool", "id", "Total semua bilangan 1 sampai 80?", "3240"),
    ("decline", "en", "My calculator shows the derivative of cos(3x), but why?", ""),
    ("decline", "en", "area between x^2 and the axis, use an integral", ""),
    ("decline", "en", "Who painted the Mona Lisa?", ""),
    ("decline", "en", "I need two unknowns: x + 2y = 8 and x - y = 2", ""),
    ("decline", "en", "differentiate x^9 - 4x^7 quickly", ""),
    ("decline", "en", "Recommend a good book for the weekend", ""),
    ("decline", "id", "Turunan ln(x) + x^2 apa ya?", ""),
    ("decline", "id", "Presiden pertama Indonesia siapa?", ""),
    ("decline", "id", "Luas daerah di bawah kurva pakai integral dong", ""),
    ("identity", "en", "Hmm, is this thing made by the Qwen people?", "who"),
    ("identity", "en", "So what kinds of exercises do you understand?", "abilities"),
    ("identity", "id", "Eh, kamu ini sebenarnya siapa?", "who"),
    ("identity", "id", "Soal seperti apa yang kamu mengerti?", "abilities"),
)


def sample_of(task: str, language: Language, question: str, gold: str) -> Sample:
    """Return the item as a sample, so that `is_right` can judge an answer to it."""
    system = PROGRAM_PROMPT if task == "tool" else None
    if task not in ("decline", "identity"):
        return Sample(task, question, "", "", language, gold=gold, problem="unseen", system=system)
    texts = tables()["decline"] if task == "decline" else tables()["identity"][gold]
    return Sample(task, question, "", "", language, (texts[language]["must"],), problem="unseen")


def unseen() -> list[Sample]:
    """Return all the questions as samples without an answer."""
    return [sample_of(*item) for item in UNSEEN]
