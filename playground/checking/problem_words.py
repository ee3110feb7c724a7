"""Words that a problem may be made of. A word that is not here could change its meaning, so then nothing is checked."""
from __future__ import annotations

# They ask, or are polite, and say nothing about the mathematics.
ASKING = frozenset("""
please can you could would help me i need to want have try how do does we must kindly my task is someone so well
question maybe easy again the a an of find calculate compute determine work out give get state obtain evaluate tell
show write down figure what whats be am looking know name provide given let lets suppose consider take here look at
assume teacher gave there then now if when in for by with it its this that using use and hi hello ok problem homework
exercise thanks thank step steps reason carefully put your final answer within boxed explain got lost remind has
student wonders about result are was quickly solve following us see which each detail details works apply says friend
wrote known true holds puzzle becomes called tolong bisa bantu coba bisakah kamu saya mau perlu mari bagaimana cara
mohon ayo silakan dapatkah anda kita harus tugas tentukan cari carilah hitung hitunglah tentukanlah berikan tuliskan
apa apakah berapa berapakah sebutkan tunjukkan dapatkan temukan butuh kerjakan nyatakan diketahui misalkan jika
diberikan ada punya bila kalau andaikan lihat untuk lalu maka ya dong terima kasih sekarang ini itu adalah dari pada
di soal latihan langkah demi halo berikutnya pr langkahnya dengan memakai gunakan dan bingung jelaskan hasilnya hasil
yang didapat lah jadi berikut bahwa teman menulis teka teki kapan benar supaya mendapat saja dapat
""".split())

DERIVATIVE = frozenset("""
differentiate derive derivative first function slope gradient rate change changes respect wrt power rule vary quickly
term polynomial expression curve deriving differential quotient derived deriv diff velocity turunkan turunkanlah
turunan turunannya diferensialkan pertama pertamanya fungsi fungsinya terhadap aturan pangkat suku polinomial bentuk
kurva gradien kemiringan laju perubahan diturunkan mencari menghitung ambil diferensial banyak menurunkan
mendiferensialkan menentukan
""".split())
ASKS_DERIVATIVE = frozenset("""
differentiate derive derivative deriv diff deriving turunkan turunkanlah turunan turunannya diferensialkan diturunkan
menurunkan mendiferensialkan
""".split())

CRITICAL = DERIVATIVE | frozenset("""
critical point points stationary extrema extreme extremum turning maximum minimum maxima minima local locate classify
identify list all where second their graph zero set find its kind high low extremes at kritis kritisnya titik
stasioner stasionernya ekstrem ekstremnya balik baliknya semua jenis lokal mana nol grafik kemudian kedua maksimum
tertinggi terendah paling tinggi rendah puncak lembah atau kapan highest lowest peaks valleys lie or
""".split())
ASKS_CRITICAL = frozenset("""
critical stationary extrema turning kritis kritisnya stasioner stasionernya ekstrem ekstremnya balik baliknya
""".split())

ASKS_WHERE = frozenset("critical stationary kritis kritisnya stasioner stasionernya".split())
BOTH_EXTREMES = ({"maximum", "minimum"}, {"maxima", "minima"}, {"highest", "lowest"}, {"peaks", "valleys"},
                 {"maksimum", "minimum"}, {"tertinggi", "terendah"}, {"tinggi", "rendah"}, {"puncak", "lembah"})

EQUATION = frozenset("""
equation linear quadratic solution solutions root roots zeros value values unknown number isolate rearrange both all
real formula set satisfies satisfy fit fits solves makes solving possible bring leave alone side answers persamaan
kuadrat akar akarnya selesaikan selesaikanlah penyelesaian penyelesaiannya solusi solusinya nilai bilangan memenuhi
himpunan rumus abc semua pecahkan menyelesaikan riil
""".split())

REWRITE = frozenset("""
simplify simplified simplest simpler form shorter short reduce collect combine like terms term expression expand
expanded expansion multiply brackets bracket parentheses remove open clear distribute product without tidy
distributing up gather add group expanding multiplying simply multiplication made sum together sederhanakan
sederhanakanlah sederhana sederhananya bentuk paling jabarkan jabarkanlah penjabaran uraikan kalikan kurung kurungnya
tanda tanpa hilangkan buka kumpulkan gabungkan suku sejenis jumlahkan ringkas ekspresi perkalian kali satukan
kelompokkan singkat menyederhanakan menjabarkan
""".split())
ASKS_REWRITE = frozenset("""
simplify simplified simplest simpler shorter reduce collect combine expand expanded expansion brackets parentheses
tidy multiply distribute sederhanakan sederhanakanlah sederhana sederhananya jabarkan jabarkanlah penjabaran uraikan
kurung kurungnya kumpulkan gabungkan
""".split())

ARITHMETIC = frozenset("much makes equal equals sum expression value hasil nilai jumlah sama exactly".split())
