%% The programs of the Savina suite that the mailbox suite plays, for Erlang/OTP: the same messages, the same
%% amounts, the same checks. Reads "go" from its standard input, plays once, answers with what was done, how
%% long it took (microseconds) and the CPU time of the whole process (microseconds); ends with its input.
-module(savina_bench).
-export([main/0]).

main() ->
    [Program | Numbers] = init:get_plain_arguments(),
    Play = open(list_to_atom(Program), [list_to_integer(N) || N <- Numbers]),
    serve(Play).

serve(Play) ->
    case io:get_line("") of
        "go\n" ->
            Cpu = cpu_us(),
            Started = erlang:monotonic_time(microsecond),
            Done = Play(),
            Took = erlang:monotonic_time(microsecond) - Started,
            io:format("~b ~b ~b~n", [Done, Took, cpu_us() - Cpu]),
            serve(Play);
        _ -> halt(0)
    end.

%% Time on a core of all threads, where Linux tells it; the threads of the schedulers stay.
cpu_us() ->
    case filelib:wildcard("/proc/self/task/*/schedstat") of
        [] ->
            {Ms, _} = statistics(runtime),
            Ms * 1000;
        Files -> lists:sum([on_core_ns(File) || File <- Files]) div 1000
    end.

on_core_ns(File) ->
    case file:read_file(File) of
        {ok, Text} -> binary_to_integer(hd(string:lexemes(Text, " ")));
        _ -> 0
    end.

check(_, Expected, Expected) -> ok;
check(What, Expected, Counted) ->
    io:format(standard_error, "~s: ~p where ~p were due~n", [What, Counted, Expected]),
    halt(1).

ask(To, Question) ->
    Ref = make_ref(),
    To ! {Question, self(), Ref},
    receive {Ref, Answer} -> Answer end.

%% All at once; the answers in their order.
ask_all(Asked) ->
    Refs = [begin Ref = make_ref(), To ! {Question, self(), Ref}, Ref end || {To, Question} <- Asked],
    [receive {Ref, Answer} -> Answer end || Ref <- Refs].

value() -> 37.2.
compute(X) -> S = math:sin(X), S * S.

%% Ping-pong.
open('ping-pong', [Exchanges]) ->
    Pong = spawn(fun pong/0),
    Ping = spawn(fun() -> ping(Pong, Exchanges) end),
    fun() -> check("exchanges", Exchanges, ask(Ping, play)), 2 * Exchanges end;

open('thread-ring', [Actors, Hops]) ->
    [First | _] = Nodes = [spawn(fun() -> node_linked() end) || _ <- lists:seq(1, Actors)],
    Nexts = tl(Nodes) ++ [First],
    [N ! {link, Next, First} || {N, Next} <- lists:zip(Nodes, Nexts)],
    fun() ->
        ask(First, {play, Hops}),
        check("hops", Hops, lists:sum(ask_all([{N, report} || N <- Nodes]))),
        Hops
    end;

%% Mailboxes have no bound: everything is sent at once, as in Savina.
open('fork-join', [Actors, Messages]) ->
    Workers = [spawn(fun() -> worker(true, Messages, 0, 0) end) || _ <- lists:seq(1, Actors)],
    fun() -> fork(Workers, Actors, Messages, Messages, 0), Actors * Messages end;
open(counting, [Actors, Messages]) ->
    Workers = [spawn(fun() -> worker(false, Messages, 0, 0) end) || _ <- lists:seq(1, Actors)],
    fun() -> fork(Workers, Actors, Messages, Messages, 0), Actors * Messages end;

open(creation, [Lives]) ->
    fun() ->
        Before = erlang:system_info(process_count),
        Spawner = spawn(fun spawner/0),
        check("lives", Lives, ask(Spawner, {play, Lives})),
        settle(Before, 10000000),
        Lives
    end;

open(big, [Actors, Pings]) ->
    Peers = [spawn(fun() -> rand:seed(exsss, I), peer({}, 0, 0, 0, none) end) || I <- lists:seq(1, Actors)],
    All = list_to_tuple(Peers),
    ask_all([{P, {meet, All}} || P <- Peers]),
    fun() ->
        ask_all([{P, {play, Pings}} || P <- Peers]),
        Counts = ask_all([{P, report} || P <- Peers]),
        [check("pongs", Pings, Pongs) || {_, Pongs} <- Counts],
        check("pings", Actors * Pings, lists:sum([Got || {Got, _} <- Counts])),
        2 * Actors * Pings
    end;

open('bounded-buffer', [Buffer, Producers, Consumers, Each, Cost]) ->
    Make = [spawn(fun() -> producer(Cost) end) || _ <- lists:seq(1, Producers)],
    Take = [spawn(fun() -> consumer(Cost) end) || _ <- lists:seq(1, Consumers)],
    fun() ->
        Manager = spawn(fun manager/0),
        {Items, Sum, HeldMax} = ask(Manager, {play, Make, Take, Each, Buffer}),
        check("items", Producers * Each, Items),
        check("sum of items", Producers * Each * (Each + 1) div 2, Sum),
        check("a bound that held", true, HeldMax =< Buffer),
        Items
    end;

open(banking, [Accounts, Transfers]) ->
    All = [spawn(fun() -> account(1000000) end) || _ <- lists:seq(1, Accounts)],
    Table = list_to_tuple(All),
    fun() ->
        Teller = spawn(fun() -> rand:seed(exsss, 1), teller(Table) end),
        check("transfers", Transfers, ask(Teller, {play, Transfers})),
        check("money", Accounts * 1000000, lists:sum(ask_all([{A, balance} || A <- All]))),
        Transfers
    end;

open(philosophers, [Seats, Rounds]) ->
    fun() ->
        Arbitrator = spawn(fun() -> arbitrator(erlang:make_tuple(Seats, false), Seats, 0) end),
        All = [spawn(fun() -> philosopher(Arbitrator, Seat) end) || Seat <- lists:seq(1, Seats)],
        [check("meals", Rounds, Meals) || Meals <- ask_all([{P, {play, Rounds}} || P <- All])],
        check("meals served", Seats * Rounds, ask(Arbitrator, {report, Seats * Rounds})),
        Seats * Rounds
    end;

open(chameneos, [Creatures, Meetings]) ->
    fun() ->
        Mall = spawn(fun() -> mall(Meetings, none) end),
        All = [{spawn(fun() -> creature(Mall) end), {play, I rem 3}} || I <- lists:seq(1, Creatures)],
        check("creatures that met", 2 * Meetings, lists:sum(ask_all(All))),
        Meetings
    end.

ping(Pong, Exchanges) ->
    receive {play, From, Ref} -> From ! {Ref, exchange(Pong, 1, Exchanges)} end,
    ping(Pong, Exchanges).

exchange(Pong, N, Exchanges) ->
    Pong ! {ping, N, self()},
    receive
        {pong, Exchanges} -> Exchanges;
        {pong, N} -> exchange(Pong, N + 1, Exchanges)
    end.

pong() ->
    receive {ping, N, From} -> From ! {pong, N} end,
    pong().

node_linked() ->
    receive {link, Next, First} -> ring_node(Next, First, 0, none) end.

ring_node(Next, First, Visits, Waiting) ->
    receive
        {token, Left} -> pass(Left - 1, Next, First), ring_node(Next, First, Visits + 1, Waiting);
        done -> {From, Ref} = Waiting, From ! {Ref, ok}, ring_node(Next, First, Visits, none);
        {{play, Hops}, From, Ref} -> pass(Hops, Next, First), ring_node(Next, First, Visits, {From, Ref});
        {report, From, Ref} -> From ! {Ref, Visits}, ring_node(Next, First, 0, Waiting)
    end.

pass(0, _, First) -> First ! done;
pass(Left, Next, _) -> Next ! {token, Left}.

fork(Workers, Actors, 0, Messages, _) ->
    [receive {finished, Sum} -> check_sum(Sum, Messages) end || _ <- lists:seq(1, Actors)],
    Workers;
fork(Workers, Actors, Left, Messages, N) ->
    [W ! {work, value(), self()} || W <- Workers],
    fork(Workers, Actors, Left - 1, Messages, N).

check_sum(Sum, Messages) when is_integer(Sum) -> check("counted", Messages, Sum);
check_sum(Sum, Messages) -> check("computed", sum_of(compute(value()), Messages, 0), Sum).

sum_of(_, 0, Sum) -> Sum;
sum_of(Value, N, Sum) -> sum_of(Value, N - 1, Sum + Value).

worker(IsComputing, Messages, Count, Sum) ->
    receive
        {work, Value, From} ->
            Added = case IsComputing of true -> Sum + compute(Value); false -> Sum + 1 end,
            case Count + 1 of
                Messages -> From ! {finished, Added}, worker(IsComputing, Messages, 0, 0);
                More -> worker(IsComputing, Messages, More, Added)
            end
    end.

spawner() ->
    receive
        {{play, Lives}, From, Ref} ->
            Self = self(),
            Expected = compute(value()),
            Begun = min(Lives, lives_max()),
            [begin_life(Self) || _ <- lists:seq(1, Begun)],
            go_on(Self, Expected, Lives - Begun),
            [receive {worked, Expected} -> ok end || _ <- lists:seq(1, Begun)],
            From ! {Ref, Lives}
    end.

%% As many lives at a time as ours: another begins when one has worked.
lives_max() -> 256.

go_on(_, _, 0) -> ok;
go_on(Self, Expected, Left) ->
    receive {worked, Expected} -> ok end,
    begin_life(Self),
    go_on(Self, Expected, Left - 1).

begin_life(Self) ->
    Life = spawn(fun() -> receive {work, V} -> Self ! {worked, compute(V)} end end),
    Life ! {work, value()}.

%% Processes that have said their last word are gone a little later: within what is measured, as our own look at what
%% lives, so that nothing sleeps.
settle(Before, 0) -> check("lives that have not ended", Before, erlang:system_info(process_count));
settle(Before, Tries) ->
    case erlang:system_info(process_count) =< Before of
        true -> ok;
        false -> erlang:yield(), settle(Before, Tries - 1)
    end.

peer(All, Left, Pings, Pongs, Waiting) ->
    receive
        {ping, N, From} -> From ! {pong, N}, peer(All, Left, Pings + 1, Pongs, Waiting);
        {pong, Left} when Left > 1 ->
            ping_any(All, Left - 1),
            peer(All, Left - 1, Pings, Pongs + 1, Waiting);
        {pong, 1} ->
            {From, Ref} = Waiting,
            From ! {Ref, ok},
            peer(All, 0, Pings, Pongs + 1, none);
        {{meet, Others}, From, Ref} -> From ! {Ref, ok}, peer(Others, Left, Pings, Pongs, Waiting);
        {{play, N}, From, Ref} -> ping_any(All, N), peer(All, N, Pings, Pongs, {From, Ref});
        {report, From, Ref} -> From ! {Ref, {Pings, Pongs}}, peer(All, Left, 0, 0, Waiting)
    end.

ping_any(All, N) -> element(rand:uniform(tuple_size(All)), All) ! {ping, N, self()}.

work(Item, Cost) -> rand:seed(exsss, Cost), logs(Cost * 100, Item).

logs(0, Sum) -> Sum;
logs(N, Sum) -> logs(N - 1, Sum + math:log(rand:uniform() + 0.01)).

producer(Cost) ->
    receive {produce, N, From} -> true = is_float(work(N, Cost)), From ! {produced, N, self()} end,
    producer(Cost).

consumer(Cost) ->
    receive {item, N, From} -> true = is_float(work(N, Cost)), From ! {consumed, N, self()} end,
    consumer(Cost).

manager() ->
    receive
        {{play, Make, Take, Each, Buffer}, From, Ref} ->
            Left = maps:from_list([{P, Each} || P <- Make]),
            Start = #{left => Left, make => queue:from_list(Make), take => queue:from_list(Take),
                      items => queue:new(), held => 0, producing => 0, consumed => 0, sum => 0, most => 0,
                      total => Each * length(Make), buffer => Buffer},
            From ! {Ref, manage(ask_for_items(Start))}
    end.

manage(#{consumed := Total, total := Total, sum := Sum, most := Most}) -> {Total, Sum, Most};
manage(#{left := Left} = S) ->
    receive
        {produced, N, From} ->
            #{items := Items, held := Held, producing := P, most := Most, make := Make} = S,
            Idle = case maps:get(From, Left) of 0 -> Make; _ -> queue:in(From, Make) end,
            Put = S#{items := queue:in(N, Items), held := Held + 1, producing := P - 1,
                     most := max(Most, Held + 1), make := Idle},
            manage(ask_for_items(hand_out(Put)));
        {consumed, N, From} ->
            #{consumed := C, sum := Sum, take := Take} = S,
            manage(ask_for_items(hand_out(S#{consumed := C + 1, sum := Sum + N, take := queue:in(From, Take)})))
    end.

ask_for_items(#{producing := P, held := Held, buffer := Buffer, make := Make, left := Left} = S) ->
    case P + Held < Buffer andalso queue:out(Make) of
        {{value, Producer}, Rest} ->
            N = maps:get(Producer, Left),
            Producer ! {produce, N, self()},
            ask_for_items(S#{producing := P + 1, make := Rest, left := Left#{Producer := N - 1}});
        _ -> S
    end.

hand_out(#{held := Held, items := Items, take := Take} = S) ->
    case Held > 0 andalso queue:out(Take) of
        {{value, Consumer}, Rest} ->
            {{value, N}, Kept} = queue:out(Items),
            Consumer ! {item, N, self()},
            hand_out(S#{held := Held - 1, items := Kept, take := Rest});
        _ -> S
    end.

%% What is not looked at stays in the mailbox: selective receive is Erlang's way to put mail aside.
account(Balance) ->
    receive
        {transfer, Amount, To, Teller} ->
            To ! {deposit, Amount, self()},
            receive {deposited, Amount} -> Teller ! {transferred, Amount} end,
            account(Balance - Amount);
        {deposit, Amount, From} -> From ! {deposited, Amount}, account(Balance + Amount);
        {balance, From, Ref} -> From ! {Ref, Balance}, account(Balance)
    end.

teller(Accounts) ->
    receive
        {{play, Transfers}, From, Ref} ->
            Sources = tuple_size(Accounts) * 9 div 10,
            [transfer(Accounts, Sources) || _ <- lists:seq(1, min(Transfers, 2048))],
            From ! {Ref, settle_transfers(Accounts, Sources, max(0, Transfers - 2048), 0, Transfers)}
    end.

settle_transfers(_, _, _, Transfers, Transfers) -> Transfers;
settle_transfers(Accounts, Sources, Left, Ended, Transfers) ->
    receive {transferred, _} -> ok end,
    case Left of
        0 -> settle_transfers(Accounts, Sources, 0, Ended + 1, Transfers);
        _ ->
            transfer(Accounts, Sources),
            settle_transfers(Accounts, Sources, Left - 1, Ended + 1, Transfers)
    end.

transfer(Accounts, Sources) ->
    From = element(rand:uniform(Sources), Accounts),
    To = element(Sources + rand:uniform(tuple_size(Accounts) - Sources), Accounts),
    From ! {transfer, rand:uniform(1000), To, self()}.

philosopher(Arbitrator, Seat) ->
    receive {{play, Rounds}, From, Ref} -> From ! {Ref, dine(Arbitrator, Seat, 0, Rounds)} end.

dine(_, _, Rounds, Rounds) -> Rounds;
dine(Arbitrator, Seat, Meals, Rounds) ->
    Arbitrator ! {hungry, Seat, self()},
    receive
        eat -> Arbitrator ! {done, Seat}, dine(Arbitrator, Seat, Meals + 1, Rounds);
        denied -> dine(Arbitrator, Seat, Meals, Rounds)
    end.

arbitrator(Taken, Seats, Meals) ->
    receive
        {hungry, Left, From} ->
            Right = Left rem Seats + 1,
            case element(Left, Taken) orelse element(Right, Taken) of
                true -> From ! denied, arbitrator(Taken, Seats, Meals);
                false -> From ! eat, arbitrator(forks(Left, Right, true, Taken), Seats, Meals)
            end;
        {done, Left} ->
            Right = Left rem Seats + 1,
            true = element(Left, Taken) andalso element(Right, Taken),
            arbitrator(forks(Left, Right, false, Taken), Seats, Meals + 1);
        {{report, Meals}, From, Ref} ->
            check("forks put back", erlang:make_tuple(Seats, false), Taken),
            From ! {Ref, Meals}
    end.

forks(Left, Right, IsTaken, Taken) -> setelement(Right, setelement(Left, Taken, IsTaken), IsTaken).

creature(Mall) ->
    receive {{play, Colour}, From, Ref} -> Mall ! {enter, Colour, self()}, From ! {Ref, meet(Mall, Colour, 0)} end.

meet(Mall, Colour, Meetings) ->
    receive
        {met, Other, From} ->
            Own = complement(Colour, Other),
            From ! {change, Own},
            Mall ! {enter, Own, self()},
            meet(Mall, Own, Meetings + 1);
        {change, Own} ->
            Mall ! {enter, Own, self()},
            meet(Mall, Own, Meetings + 1);
        closed -> Meetings
    end.

complement(Colour, Colour) -> Colour;
complement(One, Other) -> 3 - One - Other.

mall(0, _) -> receive {enter, _, Creature} -> Creature ! closed end, mall(0, none);
mall(Left, none) -> receive {enter, _, Creature} -> mall(Left, Creature) end;
mall(Left, Waiting) ->
    receive {enter, Colour, Creature} -> Waiting ! {met, Colour, Creature}, mall(Left - 1, none) end.
