(* Loaded into Frama-C: a minor heap of 64 MiB instead of 2, and a major heap collected less often. Frama-C sets its own at
   start, whatever OCAMLRUNPARAM says, and spends a quarter of its time on collections then. It changes nothing that is proved. *)
let () = Gc.set { (Gc.get ()) with Gc.minor_heap_size = 8 * 1024 * 1024; space_overhead = 400 }
