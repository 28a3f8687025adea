-- Runs under pgbench -M prepared: each variable becomes a parameter whose type the server chooses.
\set views random(0, 9)
SELECT aksara.count(aksara.objects('Post', aksara.filter('views__gte', :views)));
SELECT aksara.fetch_all(aksara.objects('Post', aksara.filter('author', :author),
	aksara.order_by('title'), aksara.slice(:views)));
SELECT aksara.get('Post', :conditions);
SELECT aksara.get_by_key('Post', :post);
SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('title__contains', :title)));
BEGIN;
SELECT aksara.create('Tag', :tag);
SELECT aksara.save('Post', :saved);
SELECT aksara.related_set('Post', :post, 'tags', :tag_key);
SELECT aksara.related_contains('Post', :post, 'tags', :tag_key);
SELECT aksara.related_clear('Post', :post, 'tags');
SELECT aksara.update(aksara.objects('Post', aksara.filter('id', :post)), :change);
SELECT aksara.delete(aksara.objects('Tag', aksara.filter('slug', :title)));
SELECT aksara.on_commit('note', :conditions);
ROLLBACK;
SELECT aksara.enqueue('note', :conditions, priority => :views, delay => :delay) AS task \gset
CALL aksara.run_tasks(:queue, :views);
SELECT aksara.get_task(:task);
SELECT aksara.why(:task);
SELECT state FROM aksara.tasks WHERE id = :task;
CALL aksara.run_tasks();
SELECT aksara.await_task(:task, :patience);
