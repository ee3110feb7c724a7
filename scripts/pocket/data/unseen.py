"""Questions written by hand that no template produces, to test how far the model generalises.

They are used for the test only. A right answer contains one of the given texts
(compared in lower case, after a leading space).
"""

from __future__ import annotations

from typing import NamedTuple


class Unseen(NamedTuple):
    """A question and the texts of which a right answer contains one."""

    group: str
    question: str
    any_of: tuple[str, ...]


UNKNOWN = ("do not know", "tidak tahu")
LIMITS = ("too long", "never learned", "terlalu panjang", "tidak pernah belajar", *UNKNOWN)

UNSEEN: tuple[Unseen, ...] = (
    Unseen("sums", "My teacher wants to know 34 + 58, can you say it?", ("= 92",)),
    Unseen("sums", "I bought things for 125 and 310, so 125 + 310 makes?", ("= 435",)),
    Unseen("sums", "Subtraction exercise: 83 - 47", ("= 36",)),
    Unseen("sums", "Let me test you. 23 * 14", ("= 322",)),
    Unseen("sums", "compute the product 67 * 8 now", ("= 536",)),
    Unseen("sums", "Would you mind adding up 402 + 199?", ("= 601",)),
    Unseen("sums", "The total of 77 + 66, what would that be?", ("= 143",)),
    Unseen("sums", "9 * 9 gives", ("= 81",)),
    Unseen("sums", "I think 45 - 90 is negative. What is it exactly?", ("= -45",)),
    Unseen("sums", "Just the number: 1200 + 345", ("= 1545",)),
    Unseen("sums", "Let's do some maths: 5 + 6 * 7", ("= 47",)),
    Unseen("sums", "Evaluate this expression for me: (12 + 8) * 3", ("= 60",)),
    Unseen("sums", "Kalau 250 + 125 jadinya berapa?", ("= 375",)),
    Unseen("sums", "Soal: 72 - 19", ("= 53",)),
    Unseen("sums", "Adik saya bertanya 6 * 7 itu berapa", ("= 42",)),
    Unseen("sums", "Mohon dijumlahkan 311 + 88", ("= 399",)),
    Unseen("sums", "Tahu tidak 15 * 12?", ("= 180",)),
    Unseen("sums", "Selisihnya berapa, 1000 - 1?", ("= 999",)),
    Unseen("terms", "People keep saying LoRA. What's that about?", ("low-rank",)),
    Unseen("terms", "I keep reading about the KV cache, what is this thing?", ("keys and values",)),
    Unseen("terms", "How would you define temperature?", ("random",)),
    Unseen("terms", "Is there an easy explanation of quantization?", ("fewer bits",)),
    Unseen("terms", "MoE stands for what, and what does it do?", ("experts",)),
    Unseen("terms", "Remind me what GQA is", ("share",)),
    Unseen("terms", "Please give a one line summary of RoPE", ("rotating",)),
    Unseen("terms", "What role does a tokenizer play?", ("splits text",)),
    Unseen("terms", "I never understood what a token is", ("piece of text",)),
    Unseen("terms", "What happens in greedy decoding?", ("always picks",)),
    Unseen("terms", "What's the idea behind distillation?", ("student",)),
    Unseen("terms", "system prompt meaning", ("how to behave",)),
    Unseen("terms", "Why would I use a GGUF file?", ("llama.cpp",)),
    Unseen("terms", "Could you clarify top-p for a beginner?", ("smallest set",)),
    Unseen("terms", "Saya bingung, LoRA itu sebenarnya apa?", ("low-rank",)),
    Unseen("terms", "Mohon penjelasan tentang kuantisasi", ("bit lebih sedikit",)),
    Unseen("terms", "Kasih tahu dong apa itu token", ("potongan teks",)),
    Unseen("terms", "Pengertian context window", ("sekaligus",)),
    Unseen("terms", "Temperature fungsinya apa?", ("acak",)),
    Unseen("terms", "Secara sederhana, apakah MoE itu?", ("ahli",)),
    Unseen("qwen", "Who is the company that released Qwen?", ("alibaba",)),
    Unseen("qwen", "May companies use Qwen3 for free in products?", ("apache 2.0",)),
    Unseen("qwen", "What's the tiniest model in the Qwen3 series?", ("qwen3-0.6b",)),
    Unseen("qwen", "And the most gigantic Qwen3?", ("235b",)),
    Unseen("qwen", "Roughly how many languages are covered by Qwen3?", ("119",)),
    Unseen("qwen", "How do I make Qwen3 stop thinking?", ("enable_thinking",)),
    Unseen("qwen", "Can you tell me how many layers Qwen3-8B is made of?", (" 36 ",)),
    Unseen("qwen", "If I load Qwen3-4B in bf16, how much memory will it take?", (" 8 gb",)),
    Unseen("qwen", "How much context can Qwen3-14B handle?", (" 128k",)),
    Unseen("qwen", "what is qwen coder used for", ("code",)),
    Unseen("qwen", "Does Qwen have a model that sees pictures, like Qwen-VL?", ("images",)),
    Unseen("qwen", "Which sampling temperature is advised for thinking mode?", ("0.6",)),
    Unseen("qwen", "Qwen itu buatan perusahaan mana?", ("alibaba",)),
    Unseen("qwen", "Boleh tidak Qwen3 dipakai untuk bisnis?", ("apache 2.0",)),
    Unseen("qwen", "Tolong sebutkan ukuran-ukuran Qwen3", ("0.6b",)),
    Unseen("qwen", "Jumlah layer pada Qwen3-0.6B ada berapa?", (" 28 ",)),
    Unseen("chat", "Hello there, my dear little model", ("hello",)),
    Unseen("chat", "Good morning, how are things?", ("good morning", "i am fine")),
    Unseen("chat", "May I ask who you are?", ("pocket model",)),
    Unseen("chat", "So you are the real Qwen3 then?", ("pocket model",)),
    Unseen("chat", "What sort of things are you able to do?", ("subtract",)),
    Unseen("chat", "thanks, that was helpful", ("welcome",)),
    Unseen("chat", "ok bye for now", ("goodbye",)),
    Unseen("chat", "Could you cheer me up with a joke?", ("token cross",)),
    Unseen("chat", "how many parameters are inside you?", ("2 million",)),
    Unseen("chat", "Halo, selamat pagi model kecil", ("selamat pagi", "halo!")),
    Unseen("chat", "Boleh tahu kamu ini siapa?", ("model saku",)),
    Unseen("chat", "Kemampuan kamu apa saja sih?", ("mengalikan",)),
    Unseen("chat", "Oke makasih banyak ya", ("sama-sama",)),
    Unseen("chat", "Sampai bertemu lagi", ("sampai jumpa",)),
    Unseen("unknown", "Which river is the longest on Earth?", UNKNOWN),
    Unseen("unknown", "Can you write me a haiku on autumn?", UNKNOWN),
    Unseen("unknown", "Who painted the Mona Lisa?", UNKNOWN),
    Unseen("unknown", "Is it going to rain this afternoon?", UNKNOWN),
    Unseen("unknown", "My stomach hurts, any advice?", UNKNOWN),
    Unseen("unknown", "How do airplanes fly?", UNKNOWN),
    Unseen("unknown", "Put this into Spanish: I am hungry", UNKNOWN),
    Unseen("unknown", "What is the population of Sweden?", UNKNOWN),
    Unseen("unknown", "who is the best singer of all time", UNKNOWN),
    Unseen("unknown", "Apa makanan khas Padang?", UNKNOWN),
    Unseen("unknown", "Buatkan pantun lucu", UNKNOWN),
    Unseen("unknown", "Kenapa laut berwarna biru?", UNKNOWN),
    Unseen("unknown", "Hitung 48213377 + 1", LIMITS),
    Unseen("unknown", "Take the cube root of 27", LIMITS),
    Unseen("unknown", "Integrate x squared", LIMITS),
)
